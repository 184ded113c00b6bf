//! State that a contract is likely to ask for, told from what it is rather than from what it did.
//!
//! Fetched along with an account of which nothing is known yet, it often saves the wave after: where
//! a proxy keeps the address of its code, a pair its tokens, a pool its price.

use alloy_primitives::{Address, U256, b256};
use forerun_executor::revm::bytecode::opcode;

/// Where proxies keep the address of the code that they run: EIP-1967, the scheme of `ZeppelinOS`, which
/// is older and still in use, and beacons of EIP-1967. In recorded blocks, of 3,083 contracts 156, 37
/// and 2 are of these kinds, and none of EIP-1822.
pub(crate) const PROXY_SLOTS: [U256; 3] = [
    slot(b256!("0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc").0),
    slot(b256!("0x7050c9e0f4ca769c69bd3a8ef740bc37934f8e2c036e5a723fd8ee048ed3f8c3").0),
    slot(b256!("0xa3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6cb3582b35133d50").0),
];

const fn slot(bytes: [u8; 32]) -> U256 {
    U256::from_be_bytes(bytes)
}

/// Compilers number variables from zero, so this many hold most of what is no mapping. The last one
/// is where Uniswap's pairs keep their lock.
const LOW_SLOTS: usize = 13;

/// How many low slots are asked for at once, of all contracts together.
const MOST_LOW_SLOTS: usize = 600;

/// Of more contracts than this at once, which only a whole block has, no low slots are asked for, nor
/// those of beacons: nearly all would be slots that nobody reads.
const MOST_CONTRACTS: usize = 100;

/// Slots that many contracts read first, where there are so many contracts.
pub(crate) fn usual_slots(contracts: usize) -> impl Iterator<Item = U256> + Clone {
    let (proxies, low) = if contracts <= MOST_CONTRACTS {
        let low = LOW_SLOTS.min(MOST_LOW_SLOTS / contracts.max(1));
        (PROXY_SLOTS.len(), low)
    } else {
        (PROXY_SLOTS.len() - 1, 0)
    };
    let proxies = PROXY_SLOTS.into_iter().take(proxies);
    proxies.chain((0..low).map(U256::from))
}

/// Whether a word stands anywhere in data.
pub(crate) fn has_word(data: &[u8], word: &[u8; 32]) -> bool {
    data.windows(32).any(|window| window == word)
}

/// What a code names outright: slots that it loads by number, and addresses. Each once.
#[derive(Debug, Default)]
pub(crate) struct Named {
    pub(crate) slots: Vec<U256>,
    pub(crate) addresses: Vec<Address>,
}

/// Adds to a short list what is not in it.
pub(crate) fn note<T: PartialEq>(list: &mut Vec<T>, item: T, most: usize) {
    if list.len() < most && !list.contains(&item) {
        list.push(item);
    }
}

/// The most that one code is taken to name of each.
const MOST_SLOTS: usize = 24;
const MOST_ADDRESSES: usize = 8;

/// Reads a code for what it names outright.
pub(crate) fn named_in(code: &[u8]) -> Named {
    let mut named = Named::default();
    let mut at = 0;
    while let Some(&instruction) = code.get(at) {
        at += 1;
        if !(opcode::PUSH1..=opcode::PUSH32).contains(&instruction) {
            continue;
        }
        let length = usize::from(instruction - opcode::PUSH1) + 1;
        let Some(data) = code.get(at..at + length) else {
            break;
        };
        at += length;
        if loads(code.get(at..).unwrap_or_default()) {
            note(&mut named.slots, U256::from_be_slice(data), MOST_SLOTS);
        } else if let Some(address) = as_address(data) {
            note(&mut named.addresses, address, MOST_ADDRESSES);
        }
    }
    named
}

/// Functions of tokens whose arguments are people, who are none of a server's business: `transfer`,
/// `approve`, `transferFrom`, the two `safeTransferFrom` of ERC-721 and that of ERC-1155,
/// `setApprovalForAll`, `increaseAllowance`.
const BETWEEN_PEOPLE: [[u8; 4]; 8] = [
    [0xa9, 0x05, 0x9c, 0xbb],
    [0x09, 0x5e, 0xa7, 0xb3],
    [0x23, 0xb8, 0x72, 0xdd],
    [0x42, 0x84, 0x2e, 0x0e],
    [0xb8, 0x8d, 0x4f, 0xde],
    [0xf2, 0x42, 0x43, 0x2a],
    [0xa2, 0x2c, 0xb4, 0x65],
    [0x39, 0x50, 0x93, 0x51],
];

/// Addresses among the arguments of a call: of a swap, the tokens and pools. Whoever is called asks for
/// them as soon as its code is here, so this only asks a wave sooner.
pub(crate) fn addressed_in(data: &[u8]) -> Vec<Address> {
    let mut addresses = Vec::new();
    let Some((selector, arguments)) = data.split_first_chunk::<4>() else {
        return addresses;
    };
    if !BETWEEN_PEOPLE.contains(selector) {
        for address in arguments.chunks_exact(32).filter_map(address_in) {
            note(&mut addresses, address, MOST_ADDRESSES);
        }
    }
    addresses
}

/// The address in a word of arguments. Aggregators put flags above it; of a hash or a signature it would
/// not be so empty there.
fn address_in(word: &[u8]) -> Option<Address> {
    let (flags, address) = word.split_at(12);
    let empty = flags.iter().filter(|byte| **byte == 0).count();
    (empty >= 6).then(|| as_address(address)).flatten()
}

/// Whether what follows a number loads the slot of that number, as compilers write it.
fn loads(rest: &[u8]) -> bool {
    matches!(
        rest,
        [opcode::SLOAD, ..]
            | [opcode::DUP1, opcode::SLOAD, ..]
            | [opcode::PUSH1, _, opcode::SWAP1, opcode::SLOAD, ..]
            | [opcode::PUSH0, opcode::SWAP1, opcode::SLOAD, ..]
    )
}

/// An address that stands in a code, by itself or as a word: one that could be of an account, and no
/// mask.
fn as_address(data: &[u8]) -> Option<Address> {
    let bytes = match data.len() {
        20 => data,
        32 if data[..12].iter().all(|byte| *byte == 0) => &data[12..],
        _ => return None,
    };
    let is_filling = |byte: &&u8| matches!(**byte, 0 | 0xff);
    (bytes.iter().filter(is_filling).count() < 8).then(|| Address::from_slice(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{address, hex, keccak256};

    #[test]
    fn proxies_are_looked_up_where_their_standards_say() {
        let hash = |name: &str| U256::from_be_bytes(keccak256(name).0);
        let one = U256::from(1);
        let slots = [
            hash("eip1967.proxy.implementation") - one,
            hash("org.zeppelinos.proxy.implementation"),
            hash("eip1967.proxy.beacon") - one,
        ];
        assert_eq!(PROXY_SLOTS, slots);
    }

    #[test]
    fn functions_between_people_are_those_of_their_signatures() {
        let selectors = [
            "transfer(address,uint256)",
            "approve(address,uint256)",
            "transferFrom(address,address,uint256)",
            "safeTransferFrom(address,address,uint256)",
            "safeTransferFrom(address,address,uint256,bytes)",
            "safeTransferFrom(address,address,uint256,uint256,bytes)",
            "setApprovalForAll(address,bool)",
            "increaseAllowance(address,uint256)",
        ]
        .map(|signature| <[u8; 4]>::try_from(&keccak256(signature)[..4]).expect("four bytes"));
        assert_eq!(BETWEEN_PEOPLE, selectors);
    }

    /// A word with `high` in front of an address.
    fn word(high: [u8; 12], address: Address) -> [u8; 32] {
        let mut word = [0; 32];
        word[..12].copy_from_slice(&high);
        word[12..].copy_from_slice(address.as_slice());
        word
    }

    #[test]
    fn arguments_name_addresses_bare_and_under_flags_but_no_amounts_and_no_people() {
        let token = address!("0xdac17f958d2ee523a2206206994597c13d831ec7");
        let pool = address!("0x9e1574e88635ba9c5e4a5cd7effa98630144de91");
        let words = [
            word([0; 12], token),
            word(hex!("08000000000000003b6d0340"), pool),
            U256::from(10).pow(U256::from(27)).to_be_bytes(),
            keccak256("a hash").0,
            [0xff; 32],
            [0; 32],
        ];
        let call = |selector: [u8; 4]| [&selector[..], &words.concat()].concat();
        assert_eq!(addressed_in(&call([1, 2, 3, 4])), [token, pool]);
        assert_eq!(addressed_in(&call(BETWEEN_PEOPLE[0])), [] as [Address; 0]);
        assert_eq!(addressed_in(&[1, 2, 3]), [] as [Address; 0]);
    }

    #[test]
    fn a_code_names_what_it_loads_by_number_and_addresses() {
        let token = address!("0xdac17f958d2ee523a2206206994597c13d831ec7");
        // PUSH1 6 SLOAD, PUSH1 8 PUSH1 0 SWAP1 SLOAD, PUSH1 7 POP, PUSH20 token, PUSH20 mask, a PUSH2
        // whose data looks like PUSH1 5 SLOAD, and a PUSH that the code ends in.
        let code = [
            &hex!("600654 600860009054 600750 73")[..],
            token.as_slice(),
            &hex!("73ffffffffffffffffffffffffffffffffffffffff 616005 50 7f00")[..],
        ]
        .concat();
        let named = named_in(&code);
        assert_eq!(named.slots, [U256::from(6), U256::from(8)]);
        assert_eq!(named.addresses, [token]);
    }
}
