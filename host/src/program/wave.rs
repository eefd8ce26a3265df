//! Calls of a component's function, written as `greet("you", 3)` in WAVE, the text form of
//! component values.
//!
//! The crate `wasm-wave` parses and prints WAVE; this file translates between its values and the
//! engine's.
//!
//! Invariant: a function that takes or returns a value without a text form (a resource, stream or
//! future) is refused before it is called.

use super::invoke::clause;
use super::{ProgramData, ProgramError};
use wasm_wave::untyped::UntypedFuncCall;
use wasm_wave::value::{Type as WaveType, Value};
use wasm_wave::wasm::{DisplayType, WasmTypeKind, WasmValue, WasmValueError};
use wasmtime::Store;
use wasmtime::component::types::{ComponentFunc, ComponentItem};
use wasmtime::component::{Component, ComponentExportIndex, Instance, Type, Val};

/// A call that can be made: the function exists and its arguments fit.
pub(super) struct ComponentCall {
    /// The name of the exported function: `name`, or `interface#name`.
    export_name: String,
    function: ComponentExportIndex,
    arguments: Vec<Val>,
    results: Vec<WaveType>,
}

/// An exported function.
struct Export {
    /// The exported interface that it is in; none if the component exports the function itself.
    interface: Option<String>,
    name: String,
    ty: ComponentFunc,
}

impl Export {
    /// The name by which the function can always be called: `name`, or
    /// `package/interface.name@version` for a function of an interface.
    fn full_name(&self) -> String {
        let Some(interface) = &self.interface else { return self.name.clone() };
        match interface.split_once('@') {
            Some((interface, version)) => format!("{interface}.{}@{version}", self.name),
            None => format!("{interface}.{}", self.name),
        }
    }

    /// Whether a caller's name stands for this function: its own name, its full name, or its full
    /// name without the version.
    fn matches(&self, name: &str) -> bool {
        let full = self.full_name();
        name == self.name
            || name == full
            || self.interface.is_some() && full.split_once('@').is_some_and(|(short, _)| name == short)
    }

    fn signature(&self) -> String {
        let parameters = self.ty.params().map(|(name, ty)| format!("{name}: {}", show_type(&ty)));
        let parameters = parameters.collect::<Vec<_>>().join(", ");
        let result = self.ty.results().map(|ty| format!(" -> {}", show_type(&ty))).collect::<String>();
        let marker = if self.ty.async_() { "async " } else { "" };
        format!("{marker}{}({parameters}){result}", self.full_name())
    }
}

/// The signatures of the functions that a component exports.
pub(super) fn list_functions(component: &Component) -> Vec<String> {
    exports(component).iter().map(Export::signature).collect()
}

fn exports(component: &Component) -> Vec<Export> {
    let engine = component.engine();
    let mut found = Vec::new();
    for (name, item) in component.component_type().exports(engine) {
        match item.ty {
            ComponentItem::ComponentFunc(ty) => found.push(Export { interface: None, name: name.to_owned(), ty }),
            ComponentItem::ComponentInstance(instance) => {
                for (function, item) in instance.exports(engine) {
                    if let ComponentItem::ComponentFunc(ty) = item.ty {
                        found.push(Export { interface: Some(name.to_owned()), name: function.to_owned(), ty });
                    }
                }
            }
            _ => {}
        }
    }
    found
}

impl ComponentCall {
    /// Parses a call such as `greet("you")`, finds the function and checks the arguments against
    /// its parameters.
    pub(super) fn new(path: &str, component: &Component, call: &str) -> Result<Self, ProgramError> {
        let functions = || clause(list_functions(component));
        let refuse =
            |message: String| ProgramError::Arguments { function: call.to_owned(), message, functions: functions() };

        let parsed = UntypedFuncCall::parse(call).map_err(|error| {
            refuse(format!(
                "a component's function is called as 'NAME(ARGUMENTS)', the arguments written like 1, \"text\", [1, 2], \
                 {{field: 1}}, some(1) ({error})"
            ))
        })?;
        let mut matching = exports(component);
        matching.retain(|export| export.matches(parsed.name()));
        let export = match matching.as_slice() {
            [export] => export,
            [] => {
                return Err(ProgramError::NoFunction {
                    path: path.to_owned(),
                    function: parsed.name().to_owned(),
                    functions: functions(),
                });
            }
            several => {
                let names = several.iter().map(Export::full_name).collect::<Vec<_>>().join(" and ");
                return Err(refuse(format!("the name stands for {names}; write one of these in full")));
            }
        };
        let unsupported = |what: &str, ty: &Type| {
            refuse(format!("the function {what} a value of type {}, which has no text form", show_type(ty)))
        };
        let parameter_types: Vec<Type> = export.ty.params().map(|(_, ty)| ty).collect();
        let parameters = parameter_types
            .iter()
            .map(|ty| wave_type(ty).ok_or_else(|| unsupported("takes", ty)))
            .collect::<Result<Vec<_>, _>>()?;
        let results = export
            .ty
            .results()
            .map(|ty| wave_type(&ty).ok_or_else(|| unsupported("returns", &ty)))
            .collect::<Result<Vec<_>, _>>()?;
        let values: Vec<Value> =
            parsed.to_wasm_params(&parameters).map_err(|error| refuse(format!("the arguments do not fit: {error}")))?;
        let interface = match &export.interface {
            Some(interface) => component.get_export_index(None, interface.as_str()),
            None => None,
        };
        let function = component.get_export_index(interface.as_ref(), export.name.as_str()).ok_or_else(|| {
            ProgramError::NoFunction {
                path: path.to_owned(),
                function: parsed.name().to_owned(),
                functions: functions(),
            }
        })?;
        let arguments = values.iter().map(engine_value).collect();
        let export_name = match &export.interface {
            Some(interface) => format!("{interface}#{}", export.name),
            None => export.name.clone(),
        };
        Ok(Self { export_name, function, arguments, results })
    }

    /// The name of the function that is called: `name`, or `interface#name`.
    pub(super) fn export_name(&self) -> &str {
        &self.export_name
    }

    /// Makes the call. The lines are its results in WAVE.
    pub(super) async fn run(
        self,
        store: &mut Store<ProgramData>,
        instance: &Instance,
    ) -> wasmtime::Result<Vec<String>> {
        let function = instance
            .get_func(&mut *store, self.function)
            .ok_or_else(|| wasmtime::format_err!("the exported function has gone"))?;
        let mut results = vec![Val::Bool(false); self.results.len()];
        function.call_async(&mut *store, &self.arguments, &mut results).await?;
        let mut lines = Vec::new();
        for (ty, value) in self.results.iter().zip(&results) {
            let value = wave_value(ty, value)
                .map_err(|error| wasmtime::format_err!("a result cannot be written as text: {error}"))?;
            lines.push(wasm_wave::to_string(&value)?);
        }
        Ok(lines)
    }
}

fn show_type(ty: &Type) -> String {
    if let Some(ty) = wave_type(ty) {
        return DisplayType(&ty).to_string();
    }
    let word = match ty {
        Type::Own(_) | Type::Borrow(_) => "resource",
        Type::Future(_) => "future",
        Type::Stream(_) => "stream",
        Type::ErrorContext => "error-context",
        Type::Map(_) => "map",
        Type::List(_) | Type::FixedLengthList(_) => "list<_>",
        Type::Option(_) => "option<_>",
        Type::Result(_) => "result<_>",
        Type::Tuple(_) => "tuple<_>",
        Type::Record(_) => "record",
        Type::Variant(_) => "variant",
        _ => "_",
    };
    word.to_owned()
}

/// The same type in WAVE; none if a part of it has no text form.
fn wave_type(ty: &Type) -> Option<WaveType> {
    Some(match ty {
        Type::Bool => WaveType::BOOL,
        Type::S8 => WaveType::S8,
        Type::U8 => WaveType::U8,
        Type::S16 => WaveType::S16,
        Type::U16 => WaveType::U16,
        Type::S32 => WaveType::S32,
        Type::U32 => WaveType::U32,
        Type::S64 => WaveType::S64,
        Type::U64 => WaveType::U64,
        Type::Float32 => WaveType::F32,
        Type::Float64 => WaveType::F64,
        Type::Char => WaveType::CHAR,
        Type::String => WaveType::STRING,
        Type::List(list) => WaveType::list(wave_type(&list.ty())?),
        Type::Record(record) => {
            let fields = record.fields().map(|field| Some((field.name.to_owned(), wave_type(&field.ty)?)));
            WaveType::record(fields.collect::<Option<Vec<_>>>()?)?
        }
        Type::Tuple(tuple) => WaveType::tuple(tuple.types().map(|ty| wave_type(&ty)).collect::<Option<Vec<_>>>()?)?,
        Type::Variant(variant) => {
            let cases = variant.cases().map(|case| Some((case.name.to_owned(), optional(case.ty.as_ref())?)));
            WaveType::variant(cases.collect::<Option<Vec<_>>>()?)?
        }
        Type::Enum(names) => WaveType::enum_ty(names.names().map(str::to_owned))?,
        Type::Option(option) => WaveType::option(wave_type(&option.ty())?),
        Type::Result(result) => WaveType::result(optional(result.ok().as_ref())?, optional(result.err().as_ref())?),
        Type::Flags(flags) => WaveType::flags(flags.names().map(str::to_owned))?,
        Type::Map(_)
        | Type::Own(_)
        | Type::Borrow(_)
        | Type::Future(_)
        | Type::Stream(_)
        | Type::ErrorContext
        | Type::FixedLengthList(_) => return None,
    })
}

/// The type of a payload that may be absent. The outer option is none if it has no text form, the
/// inner one if there is no payload.
fn optional(ty: Option<&Type>) -> Option<Option<WaveType>> {
    match ty {
        None => Some(None),
        Some(ty) => wave_type(ty).map(Some),
    }
}

/// Converts a parsed value to the engine's. Each `unwrap_` is called for a value of its own kind,
/// because the kind was just read from it.
fn engine_value(value: &Value) -> Val {
    let boxed = |value: Option<std::borrow::Cow<'_, Value>>| value.map(|value| Box::new(engine_value(&value)));
    match value.kind() {
        WasmTypeKind::Bool => Val::Bool(value.unwrap_bool()),
        WasmTypeKind::S8 => Val::S8(value.unwrap_s8()),
        WasmTypeKind::U8 => Val::U8(value.unwrap_u8()),
        WasmTypeKind::S16 => Val::S16(value.unwrap_s16()),
        WasmTypeKind::U16 => Val::U16(value.unwrap_u16()),
        WasmTypeKind::S32 => Val::S32(value.unwrap_s32()),
        WasmTypeKind::U32 => Val::U32(value.unwrap_u32()),
        WasmTypeKind::S64 => Val::S64(value.unwrap_s64()),
        WasmTypeKind::U64 => Val::U64(value.unwrap_u64()),
        WasmTypeKind::F32 => Val::Float32(value.unwrap_f32()),
        WasmTypeKind::F64 => Val::Float64(value.unwrap_f64()),
        WasmTypeKind::Char => Val::Char(value.unwrap_char()),
        WasmTypeKind::List => Val::List(value.unwrap_list().map(|item| engine_value(&item)).collect()),
        WasmTypeKind::Record => {
            Val::Record(value.unwrap_record().map(|(name, field)| (name.into_owned(), engine_value(&field))).collect())
        }
        WasmTypeKind::Tuple => Val::Tuple(value.unwrap_tuple().map(|item| engine_value(&item)).collect()),
        WasmTypeKind::Variant => {
            let (name, payload) = value.unwrap_variant();
            Val::Variant(name.into_owned(), boxed(payload))
        }
        WasmTypeKind::Enum => Val::Enum(value.unwrap_enum().into_owned()),
        WasmTypeKind::Option => Val::Option(boxed(value.unwrap_option())),
        WasmTypeKind::Result => Val::Result(value.unwrap_result().map(boxed).map_err(boxed)),
        WasmTypeKind::Flags => Val::Flags(value.unwrap_flags().map(|name| name.into_owned()).collect()),
        // Every kind that `wave_type` makes has an arm above, except strings.
        _ => Val::String(value.unwrap_string().into_owned()),
    }
}

/// Converts a value of the engine's to WAVE's.
fn wave_value(ty: &WaveType, value: &Val) -> Result<Value, WasmValueError> {
    use wasm_wave::wasm::WasmType;

    let part = |ty: Option<WaveType>, value: &Val| match ty {
        Some(ty) => wave_value(&ty, value),
        None => Err(WasmValueError::Other("a value stands where its type has none".to_owned())),
    };
    let payload =
        |ty: Option<WaveType>, value: &Option<Box<Val>>| value.as_deref().map(|value| part(ty, value)).transpose();
    Ok(match value {
        Val::Bool(value) => Value::make_bool(*value),
        Val::S8(value) => Value::make_s8(*value),
        Val::U8(value) => Value::make_u8(*value),
        Val::S16(value) => Value::make_s16(*value),
        Val::U16(value) => Value::make_u16(*value),
        Val::S32(value) => Value::make_s32(*value),
        Val::U32(value) => Value::make_u32(*value),
        Val::S64(value) => Value::make_s64(*value),
        Val::U64(value) => Value::make_u64(*value),
        Val::Float32(value) => Value::make_f32(*value),
        Val::Float64(value) => Value::make_f64(*value),
        Val::Char(value) => Value::make_char(*value),
        Val::String(value) => Value::make_string(value.into()),
        Val::List(items) => {
            let items = items.iter().map(|item| part(ty.list_element_type(), item));
            Value::make_list(ty, items.collect::<Result<Vec<_>, _>>()?)?
        }
        Val::Record(fields) => {
            let types: Vec<WaveType> = ty.record_fields().map(|(_, ty)| ty).collect();
            let mut values = Vec::new();
            for ((name, field), ty) in fields.iter().zip(types) {
                values.push((name.as_str(), wave_value(&ty, field)?));
            }
            Value::make_record(ty, values)?
        }
        Val::Tuple(items) => {
            let values = ty.tuple_element_types().zip(items).map(|(ty, item)| wave_value(&ty, item));
            Value::make_tuple(ty, values.collect::<Result<Vec<_>, _>>()?)?
        }
        Val::Variant(name, value) => {
            let case = ty.variant_cases().find(|(case, _)| case == name).and_then(|(_, ty)| ty);
            Value::make_variant(ty, name, payload(case, value)?)?
        }
        Val::Enum(name) => Value::make_enum(ty, name)?,
        Val::Option(value) => Value::make_option(ty, payload(ty.option_some_type(), value)?)?,
        Val::Result(value) => {
            let (ok, err) = ty.result_types().unwrap_or((None, None));
            let value = match value {
                Ok(value) => Ok(payload(ok, value)?),
                Err(value) => Err(payload(err, value)?),
            };
            Value::make_result(ty, value)?
        }
        Val::Flags(names) => Value::make_flags(ty, names.iter().map(String::as_str))?,
        Val::Map(_)
        | Val::Resource(_)
        | Val::Future(_)
        | Val::Stream(_)
        | Val::ErrorContext(_)
        | Val::FixedLengthList(_) => return Err(WasmValueError::UnsupportedType(format!("{ty:?}"))),
    })
}
