-- Stores the retained message of a topic. ARGV: head, whether the call is late or repeated, bell, topic, entry, expiry ms or ''.
-- Answers 1, whether the topic is new, and how many topics there are.
local late, bell, topic, entry, expires = ARGV[2] == '1', ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local before = redis.call('HGET', kept, topic)
-- A gateway may have stood still with the call, while the publisher had this message and later ones stored by another gateway.
if late and before and arrival(before) > arrival(entry) then return {1, 0, redis.call('HLEN', kept)} end
-- The same entry means that this is a repetition. Whether the topic was new at the first time is not known: it is told as new, so
-- that the caller may count it once too often.
local new = not before or before == entry
redis.call('HSET', kept, topic, entry)
if expires == '' then redis.call('ZREM', expiries, topic) else redis.call('ZADD', expiries, expires, topic) end
if not before then tell('+', topic, bell) end
return {1, new and 1 or 0, redis.call('HLEN', kept)}
