-- The subscriptions of several persistent sessions. KEYS: session hashes, all on one slot of a cluster. ARGV: head.
-- Answers 1, how many sessions were looked at, and one string with each persistent session that has subscriptions: its place
-- among the keys (2 bytes), the epoch with which it began (8), the number of filters (4), then each filter behind its length (2)
-- and its options behind their length (1). It is one string, since each item of an answer costs the reader.
local MUCH = 4096 -- filters, after which no further session is read: Redis serves nobody else meanwhile
local found, looked_at, filters = {}, 0, 0
for k = 1, #KEYS do
  if filters > MUCH then break end
  looked_at = k
  local all = redis.call('HGETALL', KEYS[k])
  local session, mine = {}, {}
  for i = 1, #all, 2 do
    local name, value = all[i], all[i + 1]
    if string.byte(name) == 43 then -- +
      mine[#mine + 1] = struct.pack('>I2', #name - 1) .. string.sub(name, 2) .. struct.pack('>I1', #value) .. value
    elseif #name == 1 then session[name] = value end
  end
  local epoch, owner, ends_at, expiry, born = session.e, session.o, session.a, session.x, session.c
  local over = not owner and ends_at and now >= tonumber(ends_at)
  if #mine > 0 and epoch and not over and expiry ~= '0' then
    born = born == '1' and epoch or born or '0'
    found[#found + 1] = struct.pack('>I2I8I4', k, tonumber(born), #mine) .. table.concat(mine)
    filters = filters + #mine
  end
end
return {1, looked_at, table.concat(found)}
