-- KEYS: session, queue. ARGV: head, epoch, from seq, at most messages, at most bytes.
local f = redis.call('HMGET', KEYS[1], 'e', 'a', 'o', 'h')
if f[1] ~= ARGV[2] or (f[2] and now >= tonumber(f[2])) then return {-1} end
local queue, most, most_bytes = KEYS[2], tonumber(ARGV[4]), tonumber(ARGV[5])
local index = find(queue, redis.call('LLEN', queue), tonumber(ARGV[3]))
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
if f[3] and #reply > 1 then
  -- What has been read may have been sent, and does not give way to newer ones any more.
  local highest = seq_of(reply[#reply])
  if highest > tonumber(f[4] or '0') then redis.call('HSET', KEYS[1], 'h', int(highest)) end
end
return reply
