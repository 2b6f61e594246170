-- Stands before every script, behind a line that names the Redis process that was given the script.
-- The time is Redis' own, so that all gateways share one clock; scripts are replicated by
-- their effects (the default since Redis 5), so it may be read before a write.
-- ARGV[1] is the head of the call, see Terms: its deadline in that time, and the term of its gateway. A call that comes
-- later was given up by its gateway, which may have sent it again already, and is refused untouched.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local deadline, term = struct.unpack('>I6I5', ARGV[1])
if now > deadline then return {-9, now} end

-- How far the TTL of a key stands behind the sweep that removes it, in ms: 400 days. Redis' clock may step, and then no key
-- of anybody who is there may go.
local MARGIN = 34560000000

local function int(number) return string.format('%.0f', number) end
