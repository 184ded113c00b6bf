//! Which methods there are.

use super::{
    Failure, RpcError, Session, blocks, bundles, call, call_many, create_access_list, estimate_gas,
    proof, simulate, state_reads, trace_call,
};
use serde_json::Value;

/// A method: parameters in, JSON text of the result out.
type Method = fn(&Session<'_>, &[Value]) -> Result<String, Failure>;

/// All methods, by name.
const TABLE: &[(&str, Method)] = &[
    ("debug_traceCall", trace_call::trace_call),
    ("debug_traceCallMany", trace_call::trace_call_many),
    ("eth_blockNumber", state_reads::block_number),
    ("eth_call", call::call),
    ("eth_callBundle", bundles::call_bundle),
    ("eth_callMany", call_many::call_many),
    ("eth_chainId", state_reads::chain_id),
    (
        "eth_createAccessList",
        create_access_list::create_access_list,
    ),
    ("eth_estimateGas", estimate_gas::estimate_gas),
    ("eth_getBalance", state_reads::balance),
    ("eth_getBlockByHash", blocks::by_hash),
    ("eth_getBlockByNumber", blocks::by_number),
    ("eth_getCode", state_reads::code),
    ("eth_getProof", proof::proof),
    ("eth_getStorageAt", state_reads::storage_at),
    ("eth_getStorageValues", state_reads::storage_values),
    ("eth_getTransactionCount", state_reads::nonce),
    ("eth_simulateV1", simulate::simulate),
    ("mev_simBundle", bundles::sim_bundle),
];

/// The names of all methods that are answered here.
pub const METHODS: &[&str] = &{
    let mut names = [""; TABLE.len()];
    let mut index = 0;
    while index < names.len() {
        names[index] = TABLE[index].0;
        index += 1;
    }
    names
};

/// Calls a method by its name.
pub(crate) fn answer(
    session: &Session<'_>,
    name: &str,
    params: &[Value],
) -> Result<String, Failure> {
    let Some((_, method)) = TABLE.iter().find(|(known, _)| *known == name) else {
        let message = format!("the method {name} does not exist/is not available");
        return Err(RpcError::new(RpcError::METHOD_NOT_FOUND, message).into());
    };
    method(session, params)
}
