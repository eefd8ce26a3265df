//! The compile cache: compiled code of programs and debuggers that is kept on disk between runs.
//!
//! The engine's cache crate writes, reads, compresses and prunes the files. This file only chooses
//! the directory.
//!
//! Invariant: a cache that cannot be used is an error value here and a warning for the user, never
//! a reason not to run.

use std::env;
use std::fs;
use std::path::PathBuf;
use wasmtime::{Cache, CacheConfig};

/// The environment variable that names the cache's directory.
pub const CACHE_DIRECTORY_VARIABLE: &str = "STILLPOINT_CACHE_DIR";

/// Why there is no compile cache.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CacheError {
    /// The system knows no cache directory for the user.
    #[error("no cache directory is known for this user; set {CACHE_DIRECTORY_VARIABLE} to one")]
    NoDirectory,
    /// The directory cannot be created or written.
    #[error(
        "the compile cache {path} cannot be used ({message}); set {CACHE_DIRECTORY_VARIABLE} to a directory that can be \
         written",
        path = path.display()
    )]
    Unusable {
        /// The directory.
        path: PathBuf,
        /// The reason.
        message: String,
    },
}

/// Opens the compile cache in the directory that the environment names, otherwise in the user's
/// cache directory.
///
/// # Errors
/// See [`CacheError`]. The caller then runs without a cache.
pub fn open_cache() -> Result<Cache, CacheError> {
    let directory = match env::var_os(CACHE_DIRECTORY_VARIABLE).filter(|value| !value.is_empty()) {
        Some(directory) => PathBuf::from(directory),
        None => directories_next::ProjectDirs::from("", "", "stillpoint")
            .ok_or(CacheError::NoDirectory)?
            .cache_dir()
            .join("compiled"),
    };
    open_in(directory)
}

fn open_in(directory: PathBuf) -> Result<Cache, CacheError> {
    let unusable = |message: String| CacheError::Unusable { path: directory.clone(), message };
    // The cache crate needs an absolute path, and does not report a directory that it cannot write
    // to.
    let absolute = std::path::absolute(&directory).map_err(|error| unusable(error.to_string()))?;
    fs::create_dir_all(&absolute).map_err(|error| unusable(error.to_string()))?;
    let probe = absolute.join(format!(".writable-{}", std::process::id()));
    fs::write(&probe, []).map_err(|error| unusable(error.to_string()))?;
    fs::remove_file(&probe).map_err(|error| unusable(error.to_string()))?;
    let mut config = CacheConfig::new();
    config.with_directory(absolute);
    Cache::new(config).map_err(|error| unusable(format!("{error:#}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makes_its_directory() {
        let parent = tempfile::tempdir().unwrap();
        let directory = parent.path().join("a/b");
        let cache = open_in(directory.clone()).unwrap();
        assert_eq!(cache.directory(), &fs::canonicalize(directory).unwrap());
    }

    #[test]
    fn a_file_in_the_way_is_an_error() {
        let parent = tempfile::tempdir().unwrap();
        let file = parent.path().join("file");
        fs::write(&file, "x").unwrap();
        let message = open_in(file.clone()).unwrap_err().to_string();
        assert!(message.contains(&file.display().to_string()), "{message}");
        assert!(message.contains(CACHE_DIRECTORY_VARIABLE), "{message}");
    }
}
