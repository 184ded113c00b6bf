//! A request on state that comes in piece by piece, as a value that the caller turns step by step.

use super::{
    Guessing, Keys, Scouting, Values,
    guess::{ONES, World},
};
use crate::{
    BundleRequest, BundleResult, Error, ReplayRequest, ReplayResult, RpcAnswer, RpcRequest,
    Simulator, bundle,
    fields::Field,
    overrides::Overrides,
    replay,
    rpc::Session,
    simulator::{Clock, Execution},
};
use alloy_primitives::{Address, U256};
use forerun_executor::{AnyState, Block, BlockOutcome, Guesses, Kept, Layer, TurnedCodes};
use serde::Serialize;
use serde_json::Value;
use std::num::NonZeroUsize;

/// A request that is being worked on.
#[derive(Debug)]
pub struct Task {
    request: Request,
    /// The request, read and checked.
    prepared: Option<Prepared>,
    /// Whether gas and nonces that were filled in there may rest on a guess.
    is_prepared_on_guesses: bool,
    kept: Kept,
    codes: TurnedCodes,
    /// Accounts that the last wave asked for.
    asked: Vec<Address>,
    /// Accounts that what the last wave asked for points to, as far as a server said so.
    pointed: Vec<Address>,
    /// How many waves there were.
    waves: usize,
    reads: Keys,
    runs_ahead: bool,
    /// Whether it was asked what is needed beforehand.
    has_begun: bool,
}

#[derive(Debug)]
enum Request {
    Bundle(BundleRequest),
    Replay(ReplayRequest),
    Rpc(RpcRequest),
}

/// What a step came to.
#[derive(Debug)]
pub enum Step {
    /// More has to be known before the next step makes sense.
    Need(Keys),
    /// The request is answered.
    Done(Answer),
}

/// The answer to a request.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// To a bundle.
    Bundle(Box<BundleResult>),
    /// To a replay.
    Replay(Box<ReplayResult>),
    /// To a call of a JSON-RPC method.
    Rpc(RpcAnswer),
}

impl From<BundleRequest> for Task {
    fn from(request: BundleRequest) -> Self {
        Self::new(Request::Bundle(request))
    }
}

impl From<ReplayRequest> for Task {
    fn from(request: ReplayRequest) -> Self {
        Self::new(Request::Replay(request))
    }
}

impl From<RpcRequest> for Task {
    fn from(request: RpcRequest) -> Self {
        Self::new(Request::Rpc(request))
    }
}

impl Task {
    fn new(request: Request) -> Self {
        Self {
            request,
            prepared: None,
            is_prepared_on_guesses: false,
            kept: Kept::default(),
            codes: TurnedCodes::default(),
            asked: Vec::new(),
            pointed: Vec::new(),
            waves: 0,
            reads: Keys::default(),
            runs_ahead: true,
            has_begun: false,
        }
    }

    /// The same task, asking for one piece of state at a time: the first that is missing. What others
    /// do, to compare with.
    #[must_use]
    pub const fn without_run_ahead(mut self) -> Self {
        self.runs_ahead = false;
        self
    }

    /// Reads and checks the request. What was executed is kept if the same transactions come out.
    fn prepare(&mut self, simulator: &Simulator, ground: &Guessing<'_>) -> Result<(), Error> {
        let prepared = self.request.prepare(simulator, ground)?;
        let transactions = &prepared.block().transactions;
        let is_as_before = |before: &Prepared| before.block().transactions == *transactions;
        if !self.prepared.as_ref().is_some_and(is_as_before) {
            self.kept.forget();
        }
        self.prepared = Some(prepared);
        Ok(())
    }

    /// What the answer rests on: all state that the last step read. Empty until then, and where the
    /// task did not run ahead.
    pub const fn reads(&self) -> &Keys {
        &self.reads
    }

    /// What an end means on this ground: it counts if nothing was guessed.
    fn ended(&mut self, end: Result<Answer, Error>, ground: Guessing<'_>) -> Result<Step, Error> {
        let seen = ground.into_seen();
        if !seen.guessed.is_empty() {
            return Ok(Step::Need(seen.guessed));
        }
        self.reads = seen.known;
        end.map(Step::Done)
    }
}

impl Simulator {
    /// Works on a task as far as the state that is known allows.
    ///
    /// # Errors
    /// Any [`Error`] of the request, once it is settled: one that came of a guess is none.
    pub fn step(&self, task: &mut Task, clock: Option<Clock<'_>>) -> Result<Step, Error> {
        if task.runs_ahead && !self.snapshot().is_complete() {
            self.step_ahead(task, clock)
        } else {
            self.step_plainly(task, clock)
        }
    }

    /// Runs as on a complete snapshot, and asks for the first piece that is missing.
    fn step_plainly(&self, task: &Task, clock: Option<Clock<'_>>) -> Result<Step, Error> {
        let answer = match &task.request {
            Request::Bundle(request) => bundle::prepare(self, request, self.snapshot())
                .and_then(|prepared| prepared.run(self, clock))
                .map(|result| Answer::Bundle(Box::new(result))),
            Request::Replay(request) => replay::prepare(self, request, self.snapshot())
                .and_then(|prepared| prepared.run(self, clock))
                .map(|result| Answer::Replay(Box::new(result))),
            Request::Rpc(request) => self
                .threads_of(request)
                .and_then(|threads| request.answer(&Session::on_known(self, threads)))
                .map(Answer::Rpc),
        };
        match answer {
            Ok(answer) => Ok(Step::Done(answer)),
            Err(error) => match Keys::missing(&error) {
                Some(keys) if !self.snapshot().is_complete() => Ok(Step::Need(keys)),
                _ => Err(error),
            },
        }
    }

    fn step_ahead(&self, task: &mut Task, clock: Option<Clock<'_>>) -> Result<Step, Error> {
        if !std::mem::replace(&mut task.has_begun, true)
            && let Some(first) = task.request.transactions()
            && let Some(keys) = self.needed_beforehand(first)
        {
            return Ok(Step::Need(keys));
        }
        let world = World::new(Some(U256::ZERO), ONES);
        let waves = task.waves;
        task.waves += 1;
        let ground = Guessing::new(self.snapshot(), self.predictions(), &world);
        if let Request::Rpc(request) = &task.request {
            let session = Session::on_guesses(self, self.threads_of(request)?, waves, &ground);
            let answer = request.answer(&session).map(Answer::Rpc);
            let found = session.into_found();
            return Ok(match task.ended(answer, ground)? {
                Step::Need(mut keys) => {
                    keys.extend(found);
                    Step::Need(keys)
                }
                done @ Step::Done(_) => done,
            });
        }
        if task.prepared.is_none() || task.is_prepared_on_guesses {
            if let Err(error) = task.prepare(self, &ground) {
                return task.ended(Err(error), ground);
            }
            task.is_prepared_on_guesses = ground.guessed() > 0;
        }
        let Some(prepared) = &task.prepared else {
            unreachable!("it was prepared above")
        };
        ground.expect(&prepared.block().transactions);
        let state = prepared.overrides().over(&ground);
        let run = || Ok(AnyState(&state).rehearse(&mut task.kept, prepared.block())?);
        let (rehearsal, milliseconds) = match bundle::timed(clock, run) {
            Ok(run) => run,
            Err(error) => return task.ended(Err(error), ground),
        };
        if ground.guessed() == 0 {
            let state = (&state as &dyn Guesses, self);
            let answer = prepared.answer(rehearsal.outcome, milliseconds, state, clock);
            return task.ended(answer, ground);
        }
        let is_blind = ground.was_blind();
        let mut keys = ground.into_seen().guessed;
        // Where all was predicted, from another block for example, the run was complete in its way.
        if is_blind {
            let mut behind = Layer::default();
            behind.advance(&rehearsal.outcome.changes);
            let state = (prepared.overrides(), &behind);
            let threads = prepared.execution().threads;
            self.scout(
                prepared.block(),
                state,
                &rehearsal.unsettled,
                Scouting {
                    threads,
                    waves,
                    codes: &task.codes,
                },
                &mut keys,
            );
            let arrived = (&task.asked[..], &task.pointed[..]);
            self.foresee(prepared.block(), arrived, &mut keys);
        }
        task.asked = keys.accounts.iter().copied().collect();
        task.pointed.clear();
        Ok(Step::Need(keys))
    }

    /// Says what a server found where the slots lead that the last wave asked for, in the form of
    /// [`provide`](Self::provide). It is predicted, and where proxies among it keep the address of
    /// their code the next wave asks for.
    ///
    /// # Errors
    /// As [`provide`](Self::provide).
    pub fn point(&mut self, task: &mut Task, values: &[u8]) -> Result<(), Error> {
        let values = Values::from_json(values)?;
        task.pointed.extend(values.accounts.keys());
        self.learn(values);
        Ok(())
    }

    fn threads_of(&self, request: &RpcRequest) -> Result<NonZeroUsize, Error> {
        let field = request.threads.as_ref().map(Field::root);
        self.threads_for(field.map(|field| field.rebased("threads")).as_ref())
    }
}

/// A request that is read and checked.
#[derive(Debug)]
enum Prepared {
    Bundle(Box<bundle::Prepared>),
    Replay(Box<replay::Prepared>),
}

impl Request {
    fn prepare(&self, simulator: &Simulator, ground: &Guessing<'_>) -> Result<Prepared, Error> {
        Ok(match self {
            Self::Bundle(request) => {
                Prepared::Bundle(Box::new(bundle::prepare(simulator, request, ground)?))
            }
            Self::Replay(request) => {
                Prepared::Replay(Box::new(replay::prepare(simulator, request, ground)?))
            }
            Self::Rpc(_) => unreachable!("a method is answered, never prepared"),
        })
    }

    /// The list of transactions as it was written, if there is one.
    fn transactions(&self) -> Option<&Value> {
        match self {
            Self::Bundle(request) => request.transactions(),
            Self::Replay(request) => request.transactions(),
            Self::Rpc(_) => None,
        }
    }
}

impl Prepared {
    const fn block(&self) -> &Block {
        match self {
            Self::Bundle(prepared) => &prepared.block,
            Self::Replay(prepared) => &prepared.block,
        }
    }

    const fn overrides(&self) -> &Overrides {
        match self {
            Self::Bundle(prepared) => &prepared.overrides,
            Self::Replay(prepared) => &prepared.overrides,
        }
    }

    const fn execution(&self) -> Execution {
        match self {
            Self::Bundle(prepared) => prepared.execution,
            Self::Replay(prepared) => prepared.execution,
        }
    }

    fn answer(
        &self,
        outcome: BlockOutcome,
        milliseconds: Option<f64>,
        (state, simulator): (&dyn Guesses, &Simulator),
        clock: Option<Clock<'_>>,
    ) -> Result<Answer, Error> {
        Ok(match self {
            Self::Bundle(prepared) => Answer::Bundle(Box::new(prepared.answer(
                outcome,
                milliseconds,
                simulator,
                state,
            )?)),
            Self::Replay(prepared) => Answer::Replay(Box::new(prepared.answer(
                outcome,
                milliseconds,
                simulator,
                clock,
            )?)),
        })
    }
}
