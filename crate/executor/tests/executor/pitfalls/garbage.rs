//! Contracts for which a wrong value is dangerous: it makes a loop endless, memory huge, a jump go
//! nowhere. A transaction that ran ahead on such a value must end, and nothing of it may show.

use crate::{
    assembly::Assembly,
    played::{Orders, count, difference, play},
    scenario::*,
    ways::{WORKERS, judge_all_ways, settings},
    world::{World, contract, sender},
};
use forerun_executor::{
    Block, Prediction, StateError, StateSource, execute_sequentially,
    revm::{
        bytecode::opcode as op,
        primitives::{Address, B256, Bytes, U256, hardfork::SpecId},
        state::{AccountInfo, Bytecode},
    },
};
use std::{collections::BTreeSet, sync::Mutex};

/// With calldata: `storage[0] = a`. Without: something that hangs on `storage[0]`, which is on top
/// of the stack where `act` starts; then it returns `storage[0]`.
fn sensitive(act: impl FnOnce(Assembly) -> Assembly) -> Bytes {
    let code = Assembly::new().op(&[op::CALLDATASIZE, op::ISZERO]);
    let code = code.skip_if(|code| code.argument(0).store(0).op(&[op::STOP]));
    act(code.load(0)).load(0).remember(0).give_back(1).code()
}

/// Counts down to zero, so that a huge number takes all gas there is.
fn count_down(code: Assembly) -> Assembly {
    let start = code.clone().code().len() as u64;
    let code = code
        .op(&[op::JUMPDEST])
        .push(U256::ONE)
        .op(&[op::SWAP1, op::SUB]);
    code.op(&[op::DUP1])
        .push(U256::from(start))
        .op(&[op::JUMPI])
}

/// Jumps to `offset + storage[0]`, where only 5 leads somewhere.
fn jump(code: Assembly) -> Assembly {
    // ADD, JUMP and four bytes that are no target stand before the one that is.
    let next = code.clone().code().len() as u64;
    let code = code
        .push(U256::from(next + 2 + 2 + 4 - 5))
        .op(&[op::ADD, op::JUMP]);
    code.op(&[op::INVALID; 4]).op(&[op::JUMPDEST])
}

fn modular_power(code: Assembly) -> Assembly {
    // Three lengths, all what is in the slot, to the precompile at 5.
    let code = code
        .op(&[op::DUP1, op::DUP1])
        .remember(0)
        .remember(1)
        .remember(2);
    code.push(U256::from(5)).call(12, 0).op(&[op::POP])
}

fn contracts() -> Vec<(Address, Bytes)> {
    let codes = [
        sensitive(count_down),
        sensitive(jump),
        sensitive(modular_power),
        // Memory as far as the number goes.
        sensitive(|code| code.op(&[op::MLOAD, op::POP])),
        sensitive(|code| code.push(U256::ZERO).op(&[op::KECCAK256, op::POP])),
        sensitive(|code| {
            let code = code.push(U256::ZERO).push(U256::ZERO);
            code.op(&[op::CALLDATACOPY])
        }),
        // Initcode of that size, all zeros.
        sensitive(|code| {
            let code = code.push(U256::ZERO).push(U256::ZERO);
            code.op(&[op::CREATE, op::POP])
        }),
        // A call to whoever that is, and the end in favour of whoever that is if it is not 5.
        sensitive(|code| code.call(1, 0).op(&[op::POP])),
        sensitive(|code| {
            let code = code.op(&[op::DUP1]).push(U256::from(5)).op(&[op::EQ]);
            code.skip_if(|code| code.op(&[op::SELFDESTRUCT]))
        }),
        sensitive(|code| code.op(&[op::BLOCKHASH, op::POP])),
        // A slot that is found only by another slot.
        sensitive(|code| code.op(&[op::SLOAD, op::SLOAD, op::BALANCE, op::POP])),
    ];
    let place = |index: usize| Address::with_last_byte(0x80 + index as u8);
    let codes = codes.into_iter().enumerate();
    codes.map(|(index, code)| (place(index), code)).collect()
}

fn world() -> World {
    let mut world = World::new();
    for (address, code) in contracts() {
        install(&mut world, address, code);
        // What was there before the block would be as bad as a guess.
        world.storage.insert((address, U256::ZERO), U256::MAX >> 3);
    }
    world
}

/// Each contract is told 5, acts, is told 5 again and acts again.
fn block_of(fork: SpecId) -> Block {
    let mut transactions = Vec::new();
    for turn in 0..2 {
        for (index, (address, _)) in contracts().into_iter().enumerate() {
            transactions.push(ask((turn + index) % 5, 0, address, U256::from(5)));
            transactions.push(send((turn + index + 1) % 5, 0, address, 0));
        }
    }
    block(fork, in_order(transactions))
}

#[test]
fn p23_loops_memory_and_jumps_that_hang_on_a_guess_show_nowhere() {
    for fork in [
        SpecId::HOMESTEAD,
        SpecId::BYZANTIUM,
        SpecId::LONDON,
        SpecId::CANCUN,
        SpecId::OSAKA,
    ] {
        let outcome = judge_all_ways(&block_of(fork), &world());
        let cases = outcome.transactions.len() / 2;
        for case in 0..cases {
            let index = 2 * case + 1;
            assert!(
                succeeded(&outcome, index),
                "{fork:?}, {}",
                case % (cases / 2)
            );
            assert_eq!(
                returned(&outcome, index),
                [U256::from(5)],
                "{fork:?}, {case}"
            );
        }
    }
}

#[test]
fn p23_many_kinds_of_garbage_come_to_one_result() {
    let (block, world) = (block_of(SpecId::OSAKA), world());
    let sequential = execute_sequentially(&block, &world).expect("the world is complete");
    let mut random = Orders(23);
    for _ in 0..60 {
        let workers = count(WORKERS[1 + random.choose(4)]);
        let mut choices = settings(workers, random.next());
        choices.retain(|options| matches!(options.prediction, Prediction::Garbage(_)));
        let options = choices[random.choose(choices.len())];
        let order = random.next();
        let outcome = play(&block, &world, options, order).expect("the world is complete");
        let difference = difference(&outcome, &sequential);
        assert_eq!(difference, None, "{options:?}, order {order}");
    }
}

/// What was asked of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Question {
    Account(Address),
    Code(B256),
    Slot(Address, U256),
    Hash(u64),
}

/// Notes all questions while `fence` is open; afterwards knows the answers to those alone.
struct Fenced {
    world: World,
    asked: Mutex<BTreeSet<Question>>,
    fence: bool,
}

impl Fenced {
    fn pass(&self, question: Question, error: StateError) -> Result<(), StateError> {
        let mut asked = self.asked.lock().expect("nobody panics with it");
        if self.fence && !asked.contains(&question) {
            return Err(error);
        }
        asked.insert(question);
        Ok(())
    }
}

impl StateSource for Fenced {
    fn account(&self, address: Address) -> Result<Option<AccountInfo>, StateError> {
        self.pass(Question::Account(address), StateError::Account(address))?;
        self.world.account(address)
    }
    fn code(&self, hash: B256) -> Result<Bytecode, StateError> {
        self.pass(Question::Code(hash), StateError::Code(hash))?;
        self.world.code(hash)
    }
    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        let error = StateError::Storage { address, slot };
        self.pass(Question::Slot(address, slot), error)?;
        self.world.storage(address, slot)
    }
    fn block_hash(&self, number: u64) -> Result<B256, StateError> {
        self.pass(Question::Hash(number), StateError::BlockHash(number))?;
        self.world.block_hash(number)
    }
}

#[test]
fn p23_state_that_only_a_guess_asks_for_may_be_missing() {
    for fork in [SpecId::SPURIOUS_DRAGON, SpecId::OSAKA] {
        let mut block = block_of(fork);
        // One that is refused, and others whose target hangs on what came before.
        block.transactions.push(send(0, 99, contract(LOGGER), 1));
        let mut source = Fenced {
            world: world(),
            asked: Mutex::default(),
            fence: false,
        };
        let sequential = execute_sequentially(&block, &source).expect("the world is complete");
        // Asked for at the head by every transaction, whoever sends it.
        for address in [block.env.beneficiary, sender(0)] {
            source.account(address).expect("the world is complete");
        }
        source.fence = true;
        let mut random = Orders(232);
        for workers in WORKERS {
            for options in settings(count(workers), random.next()) {
                let order = random.next();
                let outcome = play(&block, &source, options, order);
                let outcome =
                    outcome.unwrap_or_else(|error| panic!("{options:?}, order {order}: {error}"));
                let difference = difference(&outcome, &sequential);
                assert_eq!(difference, None, "{options:?}, order {order}");
            }
        }
    }
}
