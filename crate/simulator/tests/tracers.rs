//! The traces of a real block, made while it is executed in parallel, against those that a node gave:
//! block 22244135, 125 transactions.

mod support;

use forerun_simulator::{
    ReplayRequest, Simulator, Traced, Tracer,
    executor::{
        Block, BlockOutcome, Options, Record, Recording, StateSource, TransactionOutcome, execute,
        revm::primitives::keccak256,
    },
};
use rayon::ThreadPoolBuilder;
use serde_json::{Value, json};
use std::num::NonZeroUsize;
use support::{codes, member, pack, recorded};

const THREADS: [usize; 3] = [1, 2, 8];

/// Everything that any tracer needs, but for the instructions.
const RECORD: Record = Record {
    calls: true,
    touched: true,
    ..Record::NOTHING
};

/// Runs a check on the block and its recorded traces, where they are at hand.
fn on_the_block(
    check: impl FnOnce(&Block, &dyn Fn(Options) -> BlockOutcome, &[(String, Vec<u8>)]),
) {
    let (Some(blocks), Some(traces)) = (pack("blocks.tar.gz"), pack("traces-22244135.tar.gz"))
    else {
        return;
    };
    let file = member(&blocks, "22244135.json");
    let (snapshot, request) = recorded(&file, &codes(&blocks));
    let simulator = Simulator::new(snapshot, 1).expect("the thread count is good");
    let request = ReplayRequest::from(request);
    let mut prepared = simulator.prepare_block(&request).expect("it can be read");
    prepared.block.rules.record = RECORD;
    let run = |options: Options| run(&prepared.block, &prepared.state(), options);
    check(&prepared.block, &run, &traces);
}

fn run(block: &Block, state: &impl StateSource, options: Options) -> BlockOutcome {
    let pool = ThreadPoolBuilder::new().num_threads(options.threads.get());
    let pool = pool.build().expect("threads can be started");
    let outcome = pool.install(|| execute(block, state, options));
    outcome.expect("the block runs")
}

const fn on(threads: usize) -> Options {
    Options::new(NonZeroUsize::new(threads).expect("not zero"))
}

/// What a tracer says of each transaction.
fn traces(block: &Block, outcome: &BlockOutcome, options: &Value) -> Vec<Value> {
    let tracer = Tracer::read(options).expect("the options are good");
    let all = block.transactions.iter().zip(&outcome.transactions);
    let all = all.zip(&outcome.recordings);
    let trace = |((transaction, executed), recording): ((_, &_), &Option<Box<Recording>>)| {
        let TransactionOutcome::Executed(result) = executed else {
            panic!("a transaction of the chain was refused");
        };
        let traced = Traced {
            recording: recording.as_ref().expect("it was recorded"),
            transaction,
            result,
            coinbase: block.env.beneficiary,
            logs_before: 0,
        };
        let text = tracer.write(&traced).expect("there is room");
        serde_json::from_str(&text).expect("it is JSON")
    };
    all.map(trace).collect()
}

/// The node that gave the traces did not give the hashes of codes, which are in newer ones.
fn without_code_hashes(value: &mut Value) {
    let Value::Object(map) = value else {
        return;
    };
    if let Some(hash) = map.remove("codeHash") {
        let code = map
            .get("code")
            .map(|code| code.as_str().expect("code is text"));
        if let Some(code) = code {
            let code: Vec<u8> = alloy_primitives::hex::decode(code).expect("code is hex");
            assert_eq!(hash, json!(keccak256(code)));
        }
    }
    for value in map.values_mut() {
        without_code_hashes(value);
    }
}

/// That node also told of accounts that changed and had nothing before, which newer ones leave out.
fn as_of_now(mut trace: Value) -> Value {
    if let Some(Value::Object(before)) = trace.get_mut("pre") {
        before.retain(|_, account| *account != json!({ "balance": "0x0" }));
    }
    trace
}

fn check_against(recorded: &str, options: &Value) {
    on_the_block(|block, run, pack| {
        let theirs = member(pack, recorded);
        let theirs = theirs["result"].as_array().expect("a list of traces");
        assert_eq!(theirs.len(), 125);
        for threads in THREADS {
            let mut ours = traces(block, &run(on(threads)), options);
            assert_eq!(ours.len(), theirs.len());
            for (index, (ours, theirs)) in ours.iter_mut().zip(theirs).enumerate() {
                without_code_hashes(ours);
                let theirs = as_of_now(theirs["result"].clone());
                assert_eq!(*ours, theirs, "transaction {index} on {threads} threads");
            }
        }
    });
}

#[test]
fn calls_are_those_that_the_node_saw() {
    check_against("calltrace.json", &json!({ "tracer": "callTracer" }));
}

#[test]
fn touched_state_is_what_the_node_saw() {
    // As that node had it without being asked.
    let config = json!({ "includeEmpty": true });
    let options = json!({ "tracer": "prestateTracer", "tracerConfig": config });
    check_against("prestatetrace.json", &options);
}

#[test]
fn changed_state_is_what_the_node_saw() {
    let config = json!({ "diffMode": true });
    let options = json!({ "tracer": "prestateTracer", "tracerConfig": config });
    check_against("difftrace.json", &options);
}

#[test]
fn recordings_are_the_same_in_every_run() {
    on_the_block(|_, run, _| {
        let alone = run(on(1));
        for threads in THREADS {
            let outcome = run(on(threads));
            assert!(outcome.same_result(&alone), "{threads} threads");
            assert!(outcome.recordings == alone.recordings, "{threads} threads");
        }
    });
}
