-- This prelude stands before every script, behind a line that names the Redis process that was given the script (ScriptSet).
-- Names like STALE, which no script declares, are constants that Java has too: Script puts their values in their places.
-- All times are Redis' own milliseconds, so that all gateways share one clock. Redis replicates the effects of a script, not
-- the script (the default since Redis 5), so a script may read the time before it writes.
-- ARGV[1] is the head of the call (CallHead): the first and the last moment at which the call may be executed, the term of
-- the gateway that sends it, and the skew, which is how far this server's clock has jumped since the gateways look at it.
-- A call that arrives after its last moment was given up by its gateway, which may have sent it again. A call that arrives
-- before its first moment was sent before this clock jumped. Both are refused before anything is touched.
local earliest, deadline, term, skew = struct.unpack('>I6I6I5i6', ARGV[1])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000) + skew
if now > deadline or now < earliest then return {LATE, now} end

local function int(number) return string.format('%.0f', number) end
local function micros() return clock[1] * 1000000 + clock[2] + skew * 1000 end
