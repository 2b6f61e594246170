-- How much stands in the queue of a session. ARGV: head. Answers 0 if there is no session, else 1, messages, bytes.
local epoch, owner, ends_at, done, bytes = unpack(redis.call('HMGET', session, 'e', 'o', 'a', 't', 'b'))
if not epoch or (not owner and has_passed(ends_at)) then return {0} end
return {1, redis.call('LLEN', queue) - tonumber(done or '0'), bytes or '0'}
