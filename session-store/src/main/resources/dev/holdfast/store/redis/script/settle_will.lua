-- The word of a displaced gateway on its connection's will. ARGV: head, epoch, nonce, publish, ms for publishing.
local value = redis.call('HGET', due, ARGV[2])
if not value then
  local f = redis.call('HMGET', session, 'e', 'r', 'v')
  if ARGV[4] ~= '1' and f[3] and f[1] == int(tonumber(ARGV[2]) + 1) and string.sub(f[2], 9, 9) == '0' then
    -- Its gateway was taken for dead (orphan.lua), but had heard the client say goodbye.
    redis.call('DEL', will)
    redis.call('HDEL', session, 'v')
  end
  return replayed(ARGV[3]) or {1, '', ''}
end
local state, at, attach_nonce, blob = parts_of_due(value)
if ARGV[4] ~= '1' then
  redis.call('HDEL', due, ARGV[2])
  return {1, attach_nonce, ''}
end
if state ~= AWAITED then return replayed(ARGV[3]) or {1, attach_nonce, ''} end
set_due(ARGV[2], HANDED, now + tonumber(ARGV[5]), attach_nonce, blob)
return keep(ARGV[3], {1, attach_nonce, blob})
