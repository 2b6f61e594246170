-- Where the seqs of a session go on when Redis may lack the last of them. A seq must not be given twice: whoever knows
-- the first message that had it takes the second for an old one, and it is acknowledged away unseen.
-- Behind the 17 bytes of its queue limits a session names the term in which its last seq was sure. Gateways begin a term
-- where Redis may have lost writes, also where it comes back to a server that has been a master before. A later term
-- is a greater number, and has seqs of its own from SEQS_A_TERM times its number on, whatever was given in an earlier one.
local SEQS_A_TERM = 16384
-- Farther than what is on its way to an owner; nearer than a turn of the packet identifiers.
local LEAP = 20000
local TURN = 65535
local SPREAD = 25000

-- A session of an earlier version names none.
local function term_of(limits) return #limits == 22 and struct.unpack('>I5', limits, 18) or 0 end
local function is_sure(limits) return #limits == 22 and struct.unpack('>I5', limits, 18) >= term end
local function in_term(limits)
  return string.sub(limits, 1, 17) .. struct.pack('>I5', math.max(term, term_of(limits)))
end

-- Where seqs were left out, the last four times: the first of those that nobody got, and the last. Whoever takes the session
-- learns it, and tells it a Redis that has not heard of it (reassert.lua).
local function left_out(last, next)
  local before = redis.call('HGET', session, 'j') or ''
  redis.call('HSET', session, 'j', string.sub(before, -36) .. struct.pack('>I6I6', last + 1, next))
end

-- The last seq before those of this term. Their packet identifiers lie off those of the seqs before, and off those that
-- other terms have lifted the same session to: the client may still hold some of them at QoS 2.
local function lifted(last)
  local lowest = math.max(last + LEAP, term * SEQS_A_TERM)
  local wanted = last + LEAP + term * 15451 % SPREAD
  local before = lowest + (wanted - lowest) % TURN
  left_out(last, before)
  return before
end
