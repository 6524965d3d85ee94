/** Networks from which members have logged in. What strangers fail at elsewhere does not lock a member out of these. */

const day = 24 * 60 * 60 * 1000

/** How long after its last use a network is forgotten. */
export const familiarNetworkKeptMs = 180 * day

/** Of how many networks a member is remembered to have used. With more, the one that was used longest ago is forgotten. */
export const familiarNetworksMost = 20

/** A use is noted again only after this: it need not be known to the minute. */
export const familiarNetworkNotedAfterMs = day
