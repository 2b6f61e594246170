-- For the operator. ARGV: head, from seq, at most messages, at most bytes.
local f = redis.call('HMGET', session, 'e', 'o', 'a')
if not f[1] or (not f[2] and f[3] and now >= tonumber(f[3])) then return {0} end
local most, most_bytes = tonumber(ARGV[3]), tonumber(ARGV[4])
local index = find(queue, redis.call('LLEN', queue), tonumber(ARGV[2]))
local reply, bytes, full = {1}, 0, false
while #reply <= most and not full do
  local some = redis.call('LRANGE', queue, index, index + math.min(16, most + 1 - #reply) - 1)
  if #some == 0 then break end
  for i = 1, #some do
    reply[#reply + 1] = some[i]
    bytes = bytes + size_of(some[i])
    full = bytes >= most_bytes
    if full then break end
  end
  index = index + #some
end
return reply
