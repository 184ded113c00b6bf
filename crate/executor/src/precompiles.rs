//! Which address is which precompiled contract.

use crate::{Block, MovedPrecompiles};
use revm::{
    context::{Cfg, ContextTr},
    handler::{EthPrecompiles, PrecompileProvider},
    interpreter::{CallInputs, InterpreterResult},
    primitives::{Address, AddressSet, hardfork::SpecId},
};

/// The precompiles of a fork, some of them elsewhere or gone.
#[derive(Clone, Debug)]
pub(crate) struct Precompiles {
    of_fork: EthPrecompiles,
    moved: MovedPrecompiles,
}

fn of_fork(fork: SpecId) -> EthPrecompiles {
    #[cfg(feature = "fast-precompiles")]
    return EthPrecompiles {
        precompiles: forerun_precompiles::precompiles(fork),
        spec: fork,
    };
    #[cfg(not(feature = "fast-precompiles"))]
    EthPrecompiles::new(fork)
}

/// Whether a fork has a precompiled contract at an address.
pub fn is_precompile(fork: SpecId, address: Address) -> bool {
    of_fork(fork).contains(&address)
}

impl Precompiles {
    pub(crate) fn of(block: &Block) -> Self {
        Self {
            of_fork: of_fork(block.fork),
            moved: block.rules.moved_precompiles.clone(),
        }
    }
}

impl<C: ContextTr> PrecompileProvider<C> for Precompiles {
    type Output = InterpreterResult;

    fn set_spec(&mut self, spec: <C::Cfg as Cfg>::Spec) -> bool {
        PrecompileProvider::<C>::set_spec(&mut self.of_fork, spec)
    }

    fn run(
        &mut self,
        context: &mut C,
        inputs: &CallInputs,
    ) -> Result<Option<InterpreterResult>, String> {
        match self.moved.get(inputs.bytecode_address) {
            None => self.of_fork.run(context, inputs),
            Some(None) => Ok(None),
            Some(Some(home)) => {
                let mut inputs = inputs.clone();
                inputs.bytecode_address = home;
                self.of_fork.run(context, &inputs)
            }
        }
    }

    fn warm_addresses(&self) -> &AddressSet {
        self.of_fork.warm_addresses()
    }
}
