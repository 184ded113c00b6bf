//! Which tracer, and how.

use forerun_executor::StepOptions;
use serde_json::{Map, Value};

/// A form in which to tell what a transaction did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tracer {
    /// `callTracer`: its calls, as a tree.
    Calls(CallOptions),
    /// `prestateTracer`: the state it touched.
    Prestate(PrestateOptions),
    /// No tracer's name: its instructions.
    StructLogs(StructLogOptions),
    /// `4byteTracer`: how often which function was called.
    FourByte,
    /// `noopTracer`: nothing.
    Noop,
    /// `muxTracer`: several of these by name.
    Mux(Vec<(&'static str, Self)>),
}

/// How calls are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallOptions {
    /// Without the calls that the outermost one made.
    pub only_top_call: bool,
    /// With logs.
    pub with_log: bool,
}

/// How touched state is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PrestateOptions {
    /// What changed, before and after, and not all that was there before.
    pub diff_mode: bool,
    /// Without code.
    pub disable_code: bool,
    /// Without storage.
    pub disable_storage: bool,
    /// With accounts that had nothing before.
    pub include_empty: bool,
}

/// How instructions are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StructLogOptions {
    /// With the memory.
    pub enable_memory: bool,
    /// Without the stack.
    pub disable_stack: bool,
    /// Without the slots that were read and written.
    pub disable_storage: bool,
    /// With what the last call returned.
    pub enable_return_data: bool,
    /// Not more instructions than this; zero for no limit.
    pub limit: usize,
}

impl StructLogOptions {
    pub(super) const fn steps(&self) -> StepOptions {
        StepOptions {
            stack: !self.disable_stack,
            memory: self.enable_memory,
            storage: !self.disable_storage,
            return_data: self.enable_return_data,
            most: match self.limit {
                0 => usize::MAX,
                limit => limit,
            },
        }
    }
}

impl Tracer {
    /// Reads the options of a `debug_trace*` request: an object, or null for none.
    ///
    /// # Errors
    /// What is wrong with them, in words.
    pub fn read(options: &Value) -> Result<Self, String> {
        let options = object(options, "the options")?;
        let name = match options.and_then(|options| options.get("tracer")) {
            None | Some(Value::Null) => "",
            Some(Value::String(name)) => name,
            Some(_) => return Err("tracer must be a string".to_owned()),
        };
        if name.is_empty() {
            let options = Switches(options);
            return Ok(Self::StructLogs(StructLogOptions {
                enable_memory: options.is_on("enableMemory")?,
                disable_stack: options.is_on("disableStack")?,
                disable_storage: options.is_on("disableStorage")?,
                enable_return_data: options.is_on("enableReturnData")?,
                limit: options.number("limit")?,
            }));
        }
        let config = options.and_then(|options| options.get("tracerConfig"));
        Self::named(name, config.unwrap_or(&Value::Null)).map(|(_, tracer)| tracer)
    }

    /// A tracer by name.
    fn named(name: &str, config: &Value) -> Result<(&'static str, Self), String> {
        let config = object(config, "tracerConfig")?;
        let switches = Switches(config);
        Ok(match name {
            "callTracer" => {
                let options = CallOptions {
                    only_top_call: switches.is_on("onlyTopCall")?,
                    with_log: switches.is_on("withLog")?,
                };
                ("callTracer", Self::Calls(options))
            }
            "prestateTracer" => {
                let options = PrestateOptions {
                    diff_mode: switches.is_on("diffMode")?,
                    disable_code: switches.is_on("disableCode")?,
                    disable_storage: switches.is_on("disableStorage")?,
                    include_empty: switches.is_on("includeEmpty")?,
                };
                if options.diff_mode && options.include_empty {
                    return Err("cannot use diffMode with includeEmpty".to_owned());
                }
                ("prestateTracer", Self::Prestate(options))
            }
            "4byteTracer" => ("4byteTracer", Self::FourByte),
            "noopTracer" => ("noopTracer", Self::Noop),
            "muxTracer" => {
                let mut tracers = Vec::new();
                for (name, config) in config.into_iter().flatten() {
                    // Tracers in tracers would be as deep as somebody likes.
                    if name == "muxTracer" {
                        return Err("muxTracer cannot be within muxTracer".to_owned());
                    }
                    tracers.push(Self::named(name, config)?);
                }
                ("muxTracer", Self::Mux(tracers))
            }
            _ => return Err(format!("tracer not found: {name}")),
        })
    }
}

fn object<'a>(value: &'a Value, what: &str) -> Result<Option<&'a Map<String, Value>>, String> {
    match value {
        Value::Null => Ok(None),
        Value::Object(map) => Ok(Some(map)),
        _ => Err(format!("{what} must be an object")),
    }
}

/// Options that are on or off, each off unless it says otherwise. What is not known is not looked at, as
/// in nodes.
struct Switches<'a>(Option<&'a Map<String, Value>>);

impl Switches<'_> {
    fn get(&self, name: &str) -> &Value {
        self.0.and_then(|map| map.get(name)).unwrap_or(&Value::Null)
    }

    fn is_on(&self, name: &str) -> Result<bool, String> {
        match self.get(name) {
            Value::Null => Ok(false),
            Value::Bool(on) => Ok(*on),
            _ => Err(format!("{name} must be true or false")),
        }
    }

    fn number(&self, name: &str) -> Result<usize, String> {
        match self.get(name) {
            Value::Null => Ok(0),
            number => number
                .as_u64()
                .and_then(|number| usize::try_from(number).ok())
                .ok_or_else(|| format!("{name} must be a whole number")),
        }
    }
}
