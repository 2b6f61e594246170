-- ARGV: head, how many have been given, the id of the first of them. Nothing is done if another one is the first by now.
local left = KEYS[9]
local first = redis.call('LINDEX', left, 0)
if first and id_of(first) == ARGV[3] then redis.call('LPOP', left, ARGV[2]) end
if redis.call('EXISTS', left) == 0 then redis.call('HDEL', due, LEFT_LEASE) end
return {1}
