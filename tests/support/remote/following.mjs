// The calls by which servers follow pointers, which are none of a bundle's.

/** Where the follower stands: `forerun`, as a number. */
const place = 0x666f726572756en

/** Whether a call to a server is one of those. @param {{ method: string, params: any[] }} call */
export const isFollowing = ({ method, params }) =>
  method === 'eth_call' && BigInt(params[0].to) === place
