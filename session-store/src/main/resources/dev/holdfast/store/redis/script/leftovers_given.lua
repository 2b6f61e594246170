-- Removes what has been given to other members. ARGV: head, number of entries, message id of the first. Nothing is removed if
-- another entry is the first by now: then this call is a repetition.
local left = KEYS[9]
local first = redis.call('LINDEX', left, 0)
if first and id_of(first) == ARGV[3] then redis.call('LPOP', left, ARGV[2]) end
if redis.call('EXISTS', left) == 0 then redis.call('HDEL', due, LEFT_LEASE) end
return {1}
