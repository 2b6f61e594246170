-- Stands before every script, behind a line that names the Redis process that was given the script.
-- The time is Redis' own, so that all gateways share one clock; scripts are replicated by
-- their effects (the default since Redis 5), so it may be read before a write.
-- ARGV[1] is the head of the call, see CallHead: the earliest and the last moment at which it may be executed, by how much
-- this clock has jumped since the gateways look at it, and the term of its gateway. A call that comes later was given up by
-- its gateway, which may have sent it again already; one that comes too early or too late was sent before this clock
-- jumped. Both are refused untouched.
local earliest, deadline, term, skew = struct.unpack('>I6I6I5i6', ARGV[1])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000) + skew
if now > deadline or now < earliest then return {-9, now} end

-- How far the TTL of a key stands behind the sweep that removes it, in ms: 400 days. Redis' clock may step, and then no key
-- of anybody who is there may go.
local MARGIN = 34560000000

local function int(number) return string.format('%.0f', number) end
local function micros() return clock[1] * 1000000 + clock[2] + skew * 1000 end
