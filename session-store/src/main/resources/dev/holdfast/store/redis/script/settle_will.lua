-- A displaced gateway says whether the will of its connection is published. ARGV: head, epoch, nonce, whether it is, ms for
-- publishing. Answers 1, the nonce of that attach or '', and the will if the caller publishes it, else ''.
local epoch, nonce, is_published, publish_ms = ARGV[2], ARGV[3], ARGV[4] == '1', tonumber(ARGV[5])
local value = redis.call('HGET', due, epoch)
if not value then
  local present, attach, will_due = unpack(redis.call('HMGET', session, 'e', 'r', 'v'))
  if not is_published and will_due and present == int(tonumber(epoch) + 1) and resumed_of(attach) == '0' then
    -- The gateway was taken for dead (orphan.lua), but it had heard the client say goodbye.
    redis.call('DEL', will)
    redis.call('HDEL', session, 'v')
  end
  return replayed(nonce) or {1, '', ''}
end
local state, at, attach_nonce, blob = parts_of_due(value)
if not is_published then
  redis.call('HDEL', due, epoch)
  return {1, attach_nonce, ''}
end
if state ~= AWAITED then return replayed(nonce) or {1, attach_nonce, ''} end
set_due(epoch, HANDED, now + publish_ms, attach_nonce, blob)
return keep(nonce, {1, attach_nonce, blob})
