//! The loop: one `match`, and all that changes from one instruction to the next in locals.
//!
//! Nothing is called here, on purpose: one call anywhere in it and V8 keeps the locals in memory, which
//! was seen to double the time of every instruction. What needs a call is left to the table. For
//! the same reason all that only some instructions need is read where they need it, as `volatile`: else
//! LLVM reads it in front of the loop, and there are more locals than registers.

use crate::{
    cost::price,
    frame::Frame,
    word::{self, Limbs},
};
use revm::{
    bytecode::opcode as op,
    interpreter::{
        Interpreter, STACK_LIMIT, interpreter::EthInterpreter, interpreter_types::Jumps,
    },
    primitives::U256,
};
use std::ptr;

/// Whether so many bytes from an offset on lie in the first `end` bytes.
#[inline(always)]
const fn fits(offset: u64, length: usize, end: usize) -> bool {
    end >= length && offset <= (end - length) as u64
}

/// Runs instructions up to the first that has no arm or is not plain. The stack must have room for
/// [`STACK_LIMIT`] words, and the frame must be that of the interpreter.
///
/// Not generic, so that it is compiled once for all hosts, and here. It reads the interpreter and writes
/// it back itself: through a function around it every number would be stored and loaded once more, and
/// a processor waits for each.
#[inline(never)]
pub(crate) fn advance(frame: &mut Frame, interpreter: &mut Interpreter<EthInterpreter>) {
    frame.refresh(interpreter);
    let frame = &*frame;
    let bottom = frame.bottom as usize;
    // SAFETY: the interpreter's pointer lies in its code, and so many words are on its stack.
    let (mut code, mut end) = unsafe {
        (
            frame.code.add(interpreter.bytecode.pc()),
            frame.bottom.add(interpreter.stack.len()),
        )
    };
    let mut gas = interpreter.gas.remaining();

    /// Reads a part of something that does not change in the loop, and not before it.
    macro_rules! late {
        ($place:expr) => {
            ptr::read_volatile(&raw const $place)
        };
    }
    /// Whether that many words are on the stack.
    macro_rules! holds {
        ($words:expr) => {
            end as usize - bottom >= $words * size_of::<U256>()
        };
    }
    /// Whether there is room for one more.
    macro_rules! has_room {
        () => {
            end as usize - bottom < STACK_LIMIT * size_of::<U256>()
        };
    }
    /// Leaves the instruction to revm unless it can be paid and all else that it needs is there.
    macro_rules! need {
        ($opcode:expr, $($condition:expr),*) => {
            if gas < const { price($opcode) } $(|| !$condition)* {
                break;
            }
        };
    }
    /// Pays, and goes on behind the instruction and its data.
    macro_rules! done {
        ($opcode:expr, $length:expr) => {{
            gas -= const { price($opcode) };
            code = code.add($length);
        }};
    }
    /// Replaces the two topmost words by one.
    macro_rules! binary {
        ($opcode:expr, $operation:expr) => {{
            need!($opcode, holds!(2));
            end = end.sub(1);
            let (a, b): (Limbs, Limbs) = (word::get(end), word::get(end.sub(1)));
            word::put(end.sub(1), $operation(a, b));
            done!($opcode, 1);
        }};
    }
    /// Replaces the two topmost words by one if that is easy, else leaves it to revm.
    macro_rules! binary_if {
        ($opcode:expr, $operation:path) => {{
            need!($opcode, holds!(2));
            let (a, b): (Limbs, Limbs) = (word::get(end.sub(1)), word::get(end.sub(2)));
            match $operation(a, b) {
                Some(result) => word::put(end.sub(2), result),
                None => break,
            }
            end = end.sub(1);
            done!($opcode, 1);
        }};
    }
    /// Replaces the two topmost words by one, where they lie.
    macro_rules! combine {
        ($opcode:expr, $operation:path) => {{
            need!($opcode, holds!(2));
            end = end.sub(1);
            $operation(end, end.sub(1));
            done!($opcode, 1);
        }};
    }
    /// Shifts the second word by the topmost one.
    macro_rules! shift {
        ($opcode:expr, $operation:expr, $beyond:expr) => {{
            need!($opcode, late!(frame.has_shifts), holds!(2));
            end = end.sub(1);
            let (by, word): (Limbs, Limbs) = (word::get(end), word::get(end.sub(1)));
            let shifted = match word::small(by) {
                Some(by) if by < 256 => $operation(word, by as u32),
                _ => $beyond(word),
            };
            word::put(end.sub(1), shifted);
            done!($opcode, 1);
        }};
    }
    /// Puts limbs on the stack.
    macro_rules! push {
        ($opcode:expr, $limbs:expr) => {{
            need!($opcode, has_room!());
            word::put(end, $limbs);
            end = end.add(1);
            done!($opcode, 1);
        }};
    }
    /// Puts bytes on the stack.
    macro_rules! push_bytes {
        ($opcode:expr, $count:expr, $from:expr, $length:expr) => {{
            need!($opcode, has_room!());
            word::read_short::<{ $count }>($from, end);
            end = end.add(1);
            done!($opcode, $length);
        }};
    }
    macro_rules! push_data {
        ($opcode:expr) => {{
            const COUNT: usize = ($opcode - op::PUSH0) as usize;
            push_bytes!($opcode, COUNT, code.add(1), COUNT + 1)
        }};
    }
    /// Puts bytes on the stack, or does one of the instructions named if it follows: each with its price
    /// and with what it makes of the topmost word and these bytes. The two are done in one go where
    /// both can be paid and all is there, else the first by itself.
    macro_rules! push_then {
        ($opcode:expr, $($next:path => $operation:expr),+) => {{
            const COUNT: usize = ($opcode - op::PUSH0) as usize;
            match *code.add(COUNT + 1) {
                $($next if gas >= const { price($opcode) + price($next) }
                    && holds!(1)
                    && has_room!() =>
                {
                    let data = word::read_limbs::<COUNT>(code.add(1));
                    word::put(end.sub(1), $operation(data, word::get(end.sub(1))));
                    gas -= const { price($opcode) + price($next) };
                    code = code.add(COUNT + 2);
                })+
                _ => push_data!($opcode),
            }
        }};
    }
    macro_rules! dup {
        ($opcode:expr) => {{
            const DEPTH: usize = ($opcode - op::DUP1) as usize + 1;
            need!($opcode, holds!(DEPTH), has_room!());
            word::copy(end.sub(DEPTH), end);
            end = end.add(1);
            done!($opcode, 1);
        }};
    }
    macro_rules! swap {
        ($opcode:expr) => {{
            const DEPTH: usize = ($opcode - op::SWAP1) as usize + 1;
            need!($opcode, holds!(DEPTH + 1));
            word::exchange(end.sub(1), end.sub(DEPTH + 1));
            done!($opcode, 1);
        }};
    }
    /// The place of as many bytes of memory as said, if the frame has them, else leaves it to revm.
    macro_rules! memory {
        ($offset:expr, $length:expr) => {
            match word::small($offset) {
                Some(offset) if fits(offset, $length, late!(frame.memory_len)) => {
                    late!(frame.memory).add(offset as usize)
                }
                _ => break,
            }
        };
    }
    /// Whether one may jump to a place in the code.
    macro_rules! is_jumpdest {
        ($target:expr) => {
            $target < late!(frame.jumps_len)
                && *late!(frame.jumps).add($target / 8) & (1 << ($target % 8)) != 0
        };
    }
    /// Pays and goes to a place in the code where a `JUMPDEST` stands, and behind it if that can be paid.
    macro_rules! go {
        ($target:expr, $price:expr) => {{
            gas -= $price;
            code = late!(frame.code).add($target);
            if gas >= const { price(op::JUMPDEST) } {
                done!(op::JUMPDEST, 1);
            }
        }};
    }
    /// Goes to a place in the code if one may jump there, else leaves it to revm.
    macro_rules! jump {
        ($opcode:expr, $target:expr) => {{
            let target = match word::small($target) {
                Some(target) if target < late!(frame.jumps_len) as u64 => target as usize,
                _ => break,
            };
            if !is_jumpdest!(target) {
                break;
            }
            go!(target, const { price($opcode) });
        }};
    }

    const SWAP_POP: u64 = price(op::SWAP1) + price(op::POP);
    const SWAP_SUB: u64 = price(op::SWAP1) + price(op::SUB);
    let and = |a: Limbs, b: Limbs| [a[0] & b[0], a[1] & b[1], a[2] & b[2], a[3] & b[3]];
    let is_equal = |a: Limbs, b: Limbs| word::of(word::equal(a, b).into());

    loop {
        // SAFETY: the code ends with a STOP, to which there is no arm, behind the data of whatever
        // pushes, and jumps lead to places in it, so there always is an instruction to read. Words are
        // read below the end of the stack and not below its bottom, and written below its limit, which
        // `holds` and `has_room` have found out. What is read and written in memory is in it.
        unsafe {
            match *code {
                op::ADD => binary!(op::ADD, word::add),
                op::MUL => binary!(op::MUL, word::mul),
                op::SUB => binary!(op::SUB, word::sub),
                op::DIV => binary_if!(op::DIV, word::easy_div),
                op::MOD => binary_if!(op::MOD, word::easy_rem),
                op::SIGNEXTEND => binary!(op::SIGNEXTEND, |index, word| match word::small(index) {
                    Some(index) if index < 31 => word::sign_extend(word, index as u32),
                    _ => word,
                }),

                op::LT => binary!(op::LT, |a, b| word::of(word::less(a, b).into())),
                op::GT => binary!(op::GT, |a, b| word::of(word::less(b, a).into())),
                op::SLT => binary!(op::SLT, |a, b| word::of(word::less_signed(a, b).into())),
                op::SGT => binary!(op::SGT, |a, b| word::of(word::less_signed(b, a).into())),
                op::EQ => binary!(op::EQ, |a, b| word::of(word::equal(a, b).into())),
                op::ISZERO => {
                    need!(op::ISZERO, holds!(1));
                    let zero = word::is_zero(word::get(end.sub(1)));
                    word::put(end.sub(1), word::of(zero.into()));
                    done!(op::ISZERO, 1);
                }
                op::AND => combine!(op::AND, word::and),
                op::OR => combine!(op::OR, word::or),
                op::XOR => combine!(op::XOR, word::xor),
                op::NOT => {
                    need!(op::NOT, holds!(1));
                    word::not(end.sub(1));
                    done!(op::NOT, 1);
                }
                op::BYTE => binary!(op::BYTE, |index, word| word::of(match word::small(index) {
                    Some(index) if index < 32 => word::byte(word, index as u32),
                    _ => 0,
                })),
                op::SHL => shift!(op::SHL, word::shift_left, |_| [0; 4]),
                op::SHR => shift!(op::SHR, |word, by| word::shift_right(word, by, 0), |_| [0;
                    4]),
                op::SAR => shift!(
                    op::SAR,
                    |word: Limbs, by| word::shift_right(word, by, word::sign(word)),
                    |word: Limbs| [word::sign(word); 4]
                ),

                op::ADDRESS => {
                    let from = (&raw const (*late!(frame.inputs)).target_address).cast();
                    push_bytes!(op::ADDRESS, 20, from, 1)
                }
                op::CALLER => {
                    let from = (&raw const (*late!(frame.inputs)).caller_address).cast();
                    push_bytes!(op::CALLER, 20, from, 1)
                }
                op::CALLVALUE => {
                    need!(op::CALLVALUE, has_room!());
                    word::copy(&raw const (*late!(frame.inputs)).call_value, end);
                    end = end.add(1);
                    done!(op::CALLVALUE, 1);
                }
                op::CALLDATALOAD => {
                    need!(op::CALLDATALOAD, holds!(1));
                    match word::small(word::get(end.sub(1))) {
                        Some(offset) if fits(offset, 32, late!(frame.input_len)) => {
                            word::read(late!(frame.input).add(offset as usize), end.sub(1));
                        }
                        Some(offset) if offset < late!(frame.input_len) as u64 => break,
                        _ => word::put(end.sub(1), [0; 4]),
                    }
                    done!(op::CALLDATALOAD, 1);
                }
                op::CALLDATASIZE => {
                    push!(op::CALLDATASIZE, word::of(late!(frame.input_len) as u64))
                }
                op::CODESIZE => push!(op::CODESIZE, word::of(late!(frame.code_len) as u64)),
                op::RETURNDATASIZE => {
                    need!(op::RETURNDATASIZE, late!(frame.has_return_data));
                    push!(
                        op::RETURNDATASIZE,
                        word::of(late!(frame.return_data_len) as u64)
                    );
                }

                op::POP => {
                    need!(op::POP, holds!(1));
                    end = end.sub(1);
                    done!(op::POP, 1);
                }
                op::MLOAD => {
                    need!(op::MLOAD, holds!(1));
                    let from = memory!(word::get(end.sub(1)), 32);
                    word::read(from, end.sub(1));
                    done!(op::MLOAD, 1);
                }
                op::MSTORE => {
                    need!(op::MSTORE, holds!(2));
                    let to = memory!(word::get(end.sub(1)), 32);
                    word::write(end.sub(2), to);
                    end = end.sub(2);
                    done!(op::MSTORE, 1);
                }
                op::MSTORE8 => {
                    need!(op::MSTORE8, holds!(2));
                    let to = memory!(word::get(end.sub(1)), 1);
                    *to = word::get(end.sub(2))[0] as u8;
                    end = end.sub(2);
                    done!(op::MSTORE8, 1);
                }
                op::JUMP => {
                    need!(op::JUMP, holds!(1));
                    jump!(op::JUMP, word::get(end.sub(1)));
                    end = end.sub(1);
                }
                op::JUMPI => {
                    need!(op::JUMPI, holds!(2));
                    if word::is_zero(word::get(end.sub(2))) {
                        done!(op::JUMPI, 1);
                    } else {
                        jump!(op::JUMPI, word::get(end.sub(1)));
                    }
                    end = end.sub(2);
                }
                op::PC => push!(
                    op::PC,
                    word::of(code.offset_from_unsigned(late!(frame.code)) as u64)
                ),
                op::MSIZE => push!(op::MSIZE, word::of(late!(frame.memory_len) as u64)),
                op::GAS => {
                    need!(op::GAS, has_room!());
                    done!(op::GAS, 1);
                    word::put(end, word::of(gas));
                    end = end.add(1);
                }
                op::JUMPDEST => {
                    need!(op::JUMPDEST,);
                    done!(op::JUMPDEST, 1);
                }

                op::PUSH0 => {
                    need!(op::PUSH0, late!(frame.has_push0));
                    push!(op::PUSH0, [0; 4]);
                }
                op::PUSH1 => push_then!(op::PUSH1, op::ADD => word::add),
                // Nearly every jump follows the push of its target. Done in one go where all is well.
                op::PUSH2 => {
                    let target = usize::from(*code.add(1)) << 8 | usize::from(*code.add(2));
                    const JUMP: u64 = price(op::PUSH2) + price(op::JUMP);
                    const JUMPI: u64 = price(op::PUSH2) + price(op::JUMPI);
                    match *code.add(3) {
                        op::JUMP if gas >= JUMP && has_room!() && is_jumpdest!(target) => {
                            go!(target, JUMP);
                        }
                        op::JUMPI
                            if gas >= JUMPI && has_room!() && holds!(1) && is_jumpdest!(target) =>
                        {
                            end = end.sub(1);
                            if word::is_zero(word::get(end)) {
                                gas -= JUMPI;
                                code = code.add(4);
                            } else {
                                go!(target, JUMPI);
                            }
                        }
                        _ => push_data!(op::PUSH2),
                    }
                }
                op::PUSH3 => push_data!(op::PUSH3),
                op::PUSH4 => push_then!(op::PUSH4, op::EQ => is_equal),
                op::PUSH5 => push_data!(op::PUSH5),
                op::PUSH6 => push_data!(op::PUSH6),
                op::PUSH7 => push_data!(op::PUSH7),
                op::PUSH8 => push_data!(op::PUSH8),
                op::PUSH9 => push_data!(op::PUSH9),
                op::PUSH10 => push_data!(op::PUSH10),
                op::PUSH11 => push_data!(op::PUSH11),
                op::PUSH12 => push_data!(op::PUSH12),
                op::PUSH13 => push_data!(op::PUSH13),
                op::PUSH14 => push_data!(op::PUSH14),
                op::PUSH15 => push_data!(op::PUSH15),
                op::PUSH16 => push_data!(op::PUSH16),
                op::PUSH17 => push_data!(op::PUSH17),
                op::PUSH18 => push_data!(op::PUSH18),
                op::PUSH19 => push_data!(op::PUSH19),
                op::PUSH20 => push_then!(op::PUSH20, op::AND => and),
                op::PUSH21 => push_data!(op::PUSH21),
                op::PUSH22 => push_data!(op::PUSH22),
                op::PUSH23 => push_data!(op::PUSH23),
                op::PUSH24 => push_data!(op::PUSH24),
                op::PUSH25 => push_data!(op::PUSH25),
                op::PUSH26 => push_data!(op::PUSH26),
                op::PUSH27 => push_data!(op::PUSH27),
                op::PUSH28 => push_data!(op::PUSH28),
                op::PUSH29 => push_data!(op::PUSH29),
                op::PUSH30 => push_data!(op::PUSH30),
                op::PUSH31 => push_data!(op::PUSH31),
                op::PUSH32 => push_then!(
                    op::PUSH32,
                    op::ADD => word::add,
                    op::MUL => word::mul,
                    op::AND => and
                ),

                op::DUP1 => dup!(op::DUP1),
                op::DUP2 => dup!(op::DUP2),
                op::DUP3 => dup!(op::DUP3),
                op::DUP4 => dup!(op::DUP4),
                op::DUP5 => dup!(op::DUP5),
                op::DUP6 => dup!(op::DUP6),
                op::DUP7 => dup!(op::DUP7),
                op::DUP8 => dup!(op::DUP8),
                op::DUP9 => dup!(op::DUP9),
                op::DUP10 => dup!(op::DUP10),
                op::DUP11 => dup!(op::DUP11),
                op::DUP12 => dup!(op::DUP12),
                op::DUP13 => dup!(op::DUP13),
                op::DUP14 => dup!(op::DUP14),
                op::DUP15 => dup!(op::DUP15),
                op::DUP16 => dup!(op::DUP16),

                op::SWAP1 => match *code.add(1) {
                    op::POP if gas >= SWAP_POP && holds!(2) => {
                        end = end.sub(1);
                        word::copy(end, end.sub(1));
                        gas -= SWAP_POP;
                        code = code.add(2);
                    }
                    op::SUB if gas >= SWAP_SUB && holds!(2) => {
                        end = end.sub(1);
                        let (b, a): (Limbs, Limbs) = (word::get(end), word::get(end.sub(1)));
                        word::put(end.sub(1), word::sub(a, b));
                        gas -= SWAP_SUB;
                        code = code.add(2);
                    }
                    _ => swap!(op::SWAP1),
                },
                op::SWAP2 => swap!(op::SWAP2),
                op::SWAP3 => swap!(op::SWAP3),
                op::SWAP4 => swap!(op::SWAP4),
                op::SWAP5 => swap!(op::SWAP5),
                op::SWAP6 => swap!(op::SWAP6),
                op::SWAP7 => swap!(op::SWAP7),
                op::SWAP8 => swap!(op::SWAP8),
                op::SWAP9 => swap!(op::SWAP9),
                op::SWAP10 => swap!(op::SWAP10),
                op::SWAP11 => swap!(op::SWAP11),
                op::SWAP12 => swap!(op::SWAP12),
                op::SWAP13 => swap!(op::SWAP13),
                op::SWAP14 => swap!(op::SWAP14),
                op::SWAP15 => swap!(op::SWAP15),
                op::SWAP16 => swap!(op::SWAP16),

                _ => break,
            }
        }
    }
    interpreter.gas.set_remaining(gas);
    // SAFETY: both lie where they came from, and all words up to the end are written.
    unsafe {
        interpreter
            .bytecode
            .absolute_jump(code.offset_from_unsigned(frame.code));
        let length = end.offset_from_unsigned(frame.bottom);
        interpreter.stack.data_mut().set_len(length);
    }
}
