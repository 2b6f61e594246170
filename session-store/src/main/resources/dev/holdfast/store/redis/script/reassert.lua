-- What a live owner knows of its session, told to a Redis that may lack its last writes. ARGV: head, epoch, nonce,
-- principal, gateway, kept, began with this attach, epoch with which it began, fenced, expiry ms, will or '', queue limits,
-- highest seq that the owner has seen, the ranges of lower ones that it knows nothing to have been put at, how many packet ids, packet ids ..., filter, options ... Answers -1 to who has been
-- overtaken, 0 if the session is lost, else the attach's nonce.
local epoch, nonce, kept, began = tonumber(ARGV[2]), ARGV[3], ARGV[6] == '1', ARGV[7] == '1'
local born, fenced, expiry, testament, limits = ARGV[8], ARGV[9] == '1', tonumber(ARGV[10]), ARGV[11], ARGV[12]
local highest, unseen = tonumber(ARGV[13]), ARGV[14]
local f = redis.call('HMGET', session, 'e', 'r', 'c', 'n', 'l', 'a', 'o')
local stored = tonumber(f[1] or '0')
if stored > epoch or (stored == epoch and (f[6] or not f[7])) then return {-1} end
if kept and (not f[1] or f[3] == '1' or (f[3] and born ~= '0' and f[3] ~= born) or (stored < epoch and began)) then
  -- What an older attach has left is not what this one began with.
  if f[1] then erase() end
  return {0}
end
if stored < epoch then
  -- The attach itself is lost.
  if not kept and f[1] then erase() end
  redis.call('HSET', session, 'e', ARGV[2], 'o', ARGV[5], 'p', ARGV[4], 'x', int(expiry), 'r', nonce .. (began and 0 or 1))
  redis.call('HDEL', session, 'a', 'v', 'h', 'f')
  if not kept then redis.call('HSET', session, 'l', in_term(limits), 'c', 1) end
  if testament == '' then redis.call('DEL', will) else redis.call('SET', will, testament) end
else
  nonce = string.sub(f[2], 1, 8)
end
if kept then
  -- Its owner knows which seqs were given, so they go on near by.
  local last = tonumber(f[4] or '0')
  if last < highest or (fenced and term_of(f[5]) < term) then
    left_out(last, math.max(last, highest) + LEAP)
    redis.call('HSET', session, 'n', int(math.max(last, highest) + LEAP), 'l', limits .. string.sub(in_term(f[5]), 18))
  end
  -- What stands where it knows nothing to be was put there by a gateway that had not heard yet that another Redis has been the
  -- master; it would be acknowledged away with what the owner has seen. It goes behind it.
  local moved = {}
  for at = 1, #unseen, 12 do
    local from, to = struct.unpack('>I6I6', unseen, at)
    local index, entry = find(queue, redis.call('LLEN', queue), from)
    while entry and seq_of(entry) <= to do
      if state_of(entry) == 0 then moved[#moved + 1] = entry end
      index = index + 1
      entry = redis.call('LINDEX', queue, index)
    end
  end
  if #moved > 0 then
    last = tonumber(redis.call('HGET', session, 'n'))
    for i = 1, #moved do
      last = last + 1
      redis.call('LREM', queue, 1, moved[i])
      redis.call('RPUSH', queue, struct.pack('>I6', last) .. string.sub(moved[i], 7))
    end
    redis.call('HSET', session, 'n', int(last))
  end
end
if kept and (fenced or stored < epoch) then
  local held, at = {}, 16
  for i = 1, tonumber(ARGV[15]) do
    held[ARGV[at]] = true
    at = at + 1
  end
  local ids = redis.call('HKEYS', inbound)
  for i = 1, #ids do
    if not held[ids[i]] then redis.call('HDEL', inbound, ids[i]) end
  end
  local wanted = {}
  for i = at, #ARGV, 2 do
    wanted[ARGV[i]] = true
    redis.call('HSET', session, '+' .. ARGV[i], ARGV[i + 1])
    note_shared(ARGV[i])
  end
  local found = subscriptions()
  for i = 1, #found, 2 do
    if not wanted[found[i]] then redis.call('HDEL', session, '+' .. found[i]) end
  end
end
backstop(expiry)
return {1, nonce}
