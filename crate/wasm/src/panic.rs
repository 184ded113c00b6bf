//! A panic in wasm aborts: JavaScript sees only `RuntimeError: unreachable`. The hook here leaves
//! the panic's message on the global object of the worker it happened in, where the
//! worker finds it when it catches that error.

use std::sync::Once;

use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

/// Name of the property of the global object.
const PROPERTY: &str = "__forerunPanic";

/// Installs the panic hook, once for all threads that share this memory.
#[wasm_bindgen(js_name = installPanicHook)]
pub fn install_panic_hook() {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| {
        std::panic::set_hook(Box::new(|info| {
            // Nothing can be done about a failure to say it; the trap itself is still noticed.
            let _ = js_sys::Reflect::set(
                &js_sys::global(),
                &JsValue::from_str(PROPERTY),
                // Places in the source are not in the file.
                &JsValue::from_str(info.payload_as_str().unwrap_or("panicked")),
            );
        }));
    });
}
