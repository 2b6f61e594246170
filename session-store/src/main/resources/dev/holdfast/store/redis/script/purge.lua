-- For the operator: empties the queue but for what may have been sent. What that is enqueue.lua says.
local f = redis.call('HMGET', session, 'e', 'o', 'a', 'm', 'h', 'f', 't', 'l', 'u')
if not f[1] or (not f[2] and f[3] and now >= tonumber(f[3])) then return {0} end
local length, done, mark = redis.call('LLEN', queue), tonumber(f[7] or '0'), tonumber(f[4] or '0')
local _, _, _, inflight = struct.unpack('>I4I8BI4', f[8])
local first = find(queue, length, mark + 1)
if f[2] then
  local unsent = math.min(length, inflight + done)
  local index, entry = find(queue, length, math.max(mark, tonumber(f[5] or '0')) + 1)
  if entry and seq_of(entry) < tonumber(f[6] or '1') then unsent = math.min(unsent, index) end
  first = math.max(first, unsent)
else
  local before = f[9] and string.match(f[9], ':(%d+)')
  if before then first = math.max(find(queue, length, tonumber(before) + 1), math.min(first, inflight + done)) end
end
local gone = length - first
if gone > 0 then
  -- What stays is no more than a client may have outstanding.
  local bytes, earliest = 0, math.huge
  for from = 0, first - 1, 64 do
    local some = redis.call('LRANGE', queue, from, math.min(from + 63, first - 1))
    for i = 1, #some do
      bytes = bytes + size_of(some[i])
      if state_of(some[i]) == 0 then earliest = math.min(earliest, expires_of(some[i])) end
    end
  end
  if first == 0 then redis.call('DEL', queue) else redis.call('LTRIM', queue, 0, first - 1) end
  redis.call('HSET', session, 'b', int(bytes))
  redis.call('HINCRBY', session, 'k', gone)
  if earliest == math.huge then redis.call('HDEL', session, 'z') else redis.call('HSET', session, 'z', int(earliest)) end
end
return {1, gone, f[2] or ''}
