-- KEYS: session hashes, all on one slot of a cluster. ARGV: head.
-- Answers how many of them were looked at, and in one string, of each that is kept and subscribes to something: its place
-- among the keys (2 bytes), the epoch with which it began (8), how many filters follow (4), and these, each behind its
-- length (2), with its options behind theirs (1). One string, since whoever reads it pays for each item of an answer.
local MUCH = 4096 -- filters, after which no further session is begun: nobody else is served meanwhile
local found, looked_at, filters = {}, 0, 0
for k = 1, #KEYS do
  if filters > MUCH then break end
  looked_at = k
  local all = redis.call('HGETALL', KEYS[k])
  local f, mine = {}, {}
  for i = 1, #all, 2 do
    local name, value = all[i], all[i + 1]
    if string.byte(name) == 43 then
      mine[#mine + 1] = struct.pack('>I2', #name - 1) .. string.sub(name, 2) .. struct.pack('>I1', #value) .. value
    elseif #name == 1 then f[name] = value end
  end
  local over = not f.o and f.a and now >= tonumber(f.a)
  if #mine > 0 and f.e and not over and f.x ~= '0' then
    local born = f.c == '1' and f.e or f.c or '0'
    found[#found + 1] = struct.pack('>I2I8I4', k, tonumber(born), #mine) .. table.concat(mine)
    filters = filters + #mine
  end
end
return {1, looked_at, table.concat(found)}
