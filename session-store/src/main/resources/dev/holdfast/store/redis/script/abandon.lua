-- Ends an attach whose answer nobody waits for any more. ARGV: head, nonce of the attach.
-- Answers 0 if that attach is not the present one, else 1 and when the sweep has to come.
local attach, owner, expiry = unpack(redis.call('HMGET', session, 'r', 'o', 'x'))
if nonce_of(attach or '') ~= ARGV[2] or not owner then return {0} end
if expiry == '0' then
  erase()
  return {1, int(now)}
end
local ends_at = now + tonumber(expiry)
redis.call('HDEL', session, 'o', 'h', 'f', 'u')
redis.call('HSET', session, 'a', int(ends_at))
redis.call('DEL', will)
backstop(tonumber(expiry))
return {1, int(ends_at)}
