-- Stands before every script, behind the line that names the generation: the Redis process that was given the script.
-- The time is Redis' own, so that all gateways share one clock; scripts are replicated by
-- their effects (the default since Redis 5), so it may be read before a write.
-- ARGV[1] is the deadline of the call in that time: a call that comes later was given up by its gateway, which may
-- have sent it again already, and is refused untouched.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
if now > tonumber(ARGV[1]) then return {-9, now} end

-- A session that was last changed in another generation may lack its last messages, whose seqs its owner and its client
-- still know. So its seqs go on from here: farther than what can be lost, nearer than a turn of the packet identifiers.
local LEAP = 20000

local function int(number) return string.format('%.0f', number) end
