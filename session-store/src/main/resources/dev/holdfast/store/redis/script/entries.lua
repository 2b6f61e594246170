-- Appends to a reply the entries from a seq on, until there are so many or so many bytes; the last one may exceed the bytes.
local function entries_from(reply, queue, seq, most, most_bytes)
  local index = find(queue, redis.call('LLEN', queue), seq)
  local bytes, full = 0, false
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
end
