-- How the seqs of a session go on when Redis may lack the last ones. A seq must never be given twice: a gateway that knows the
-- first message with that seq takes the second one for the first, and acknowledges it away unseen.
-- Behind the LIMITS bytes of its queue limits a session has 5 bytes: the term in which its last seq was sure. Gateways begin
-- a term when Redis may have lost writes, also when a server comes back that was a master before. A later term is a greater
-- number. The seqs of a term begin at SEQS_A_TERM times its number, whatever was given in an earlier term.
local SEQS_A_TERM = 16384
-- More seqs than can be on their way to an owner; fewer than there are packet identifiers.
local LEAP = 20000
local SPREAD = 25000
-- The same where half of the packet identifiers are left to the queue.
local SPREAD_WITH_LOGS = 10000

-- Sessions of an earlier release have no term.
local function term_of(limits) return #limits == LIMITS + 5 and struct.unpack('>I5', limits, LIMITS + 1) or 0 end
local function is_sure(limits) return #limits == LIMITS + 5 and struct.unpack('>I5', limits, LIMITS + 1) >= term end
-- The later one of the session's term and the caller's, as it stands behind the limits.
local function later_term(limits) return struct.pack('>I5', math.max(term, term_of(limits))) end
local function in_term(limits) return string.sub(limits, 1, LIMITS) .. later_term(limits) end

-- Notes a range of seqs that nobody was given; the last four ranges stay. A gateway that attaches learns them, and tells them
-- to a Redis that has lost them (reassert.lua).
local function left_out(last, next)
  local before = redis.call('HGET', session, 'j') or ''
  redis.call('HSET', session, 'j', string.sub(before, -36) .. struct.pack('>I6I6', last + 1, next))
end

-- The seq before the first one of this term. The packet identifiers that follow are far from those of the seqs before, and
-- from those to which other terms have lifted the same session: the client may still hold some of these at QoS 2.
local function lifted(last)
  local turn, spread = ALL_IDENTIFIERS, SPREAD
  if redis.call('HEXISTS', session, CURSORS_BY) == 1 then turn, spread = QUEUE_IDENTIFIERS, SPREAD_WITH_LOGS end
  local lowest = math.max(last + LEAP, term * SEQS_A_TERM)
  local wanted = last + LEAP + term * 15451 % spread
  local before = lowest + (wanted - lowest) % turn
  left_out(last, before)
  return before
end
