-- The owner of a live session tells what it knows, to a Redis that may lack its last writes. ARGV: head, epoch, nonce,
-- principal, gateway, whether the session is kept, whether it began with this attach, epoch with which it began, whether
-- nothing of it is under way, expiry ms, will or '', queue limits, highest seq that the owner has seen, ranges of lower seqs at
-- which the owner knows of no entry, whether it has given up packet identifiers for logs, number of packet ids, number of
-- cursors in logs, packet ids ..., slot and filter of each cursor ..., filter, options ...
-- Answers STALE to an owner that has been overtaken, 0 if the session is lost, else 1 and the nonce of the attach.
local epoch, nonce, principal, gateway, kept, began = tonumber(ARGV[2]), ARGV[3], ARGV[4], ARGV[5], ARGV[6] == '1', ARGV[7] == '1'
local born, fenced, expiry, testament, limits = ARGV[8], ARGV[9] == '1', tonumber(ARGV[10]), ARGV[11], ARGV[12]
local highest, unseen, has_given_up = tonumber(ARGV[13]), ARGV[14], ARGV[15] == '1'
local id_count, cursor_count = tonumber(ARGV[16]), tonumber(ARGV[17])
local known_epoch, attach, known_born, last_seq, known_limits, ends_at, owner =
  unpack(redis.call('HMGET', session, 'e', 'r', 'c', 'n', 'l', 'a', 'o'))
local stored = tonumber(known_epoch or '0')
if stored > epoch or (stored == epoch and (ends_at or not owner)) then return {STALE} end
local is_another = known_born == '1' or (known_born and born ~= '0' and known_born ~= born)
if kept and (not known_epoch or is_another or (stored < epoch and began)) then
  -- What Redis has is of an older session, not of the one that this attach began.
  if known_epoch then erase() end
  return {0}
end
if stored < epoch then
  -- Redis has lost the attach itself.
  if not kept and known_epoch then erase() end
  redis.call('HSET', session, 'e', ARGV[2], 'o', gateway, 'p', principal, 'x', int(expiry), 'r', nonce .. (began and 0 or 1))
  redis.call('HDEL', session, 'a', 'v', 'h', 'f')
  if not kept then redis.call('HSET', session, 'l', in_term(limits), 'c', 1) end
  if testament == '' then redis.call('DEL', will) else redis.call('SET', will, testament) end
else
  nonce = nonce_of(attach)
end
if kept then
  -- Without this the queue could not give up its identifiers again while it has messages, and cursors would be refused.
  if has_given_up then redis.call('HSETNX', session, CURSORS_BY, ARGV[2]) end
  -- The owner knows which seqs were given, so the next ones may be near.
  local last = tonumber(last_seq or '0')
  if last < highest or (fenced and term_of(known_limits) < term) then
    left_out(last, math.max(last, highest) + LEAP)
    redis.call('HSET', session, 'n', int(math.max(last, highest) + LEAP), 'l', limits .. later_term(known_limits))
  end
  -- An entry at a seq at which the owner knows of none was put there by a gateway that had not heard yet that another server has
  -- become the master. The owner would acknowledge it away with the seqs that it has seen. The entry goes to the end.
  local moved = {}
  for at = 1, #unseen, 12 do
    local from, to = struct.unpack('>I6I6', unseen, at)
    local index, entry = find(queue, redis.call('LLEN', queue), from)
    while entry and seq_of(entry) <= to do
      if state_of(entry) == QUEUED then moved[#moved + 1] = entry end
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
  local held, at = {}, 18
  for i = 1, id_count do
    held[ARGV[at]] = true
    at = at + 1
  end
  local ids = redis.call('HKEYS', inbound)
  for i = 1, #ids do
    if not held[ids[i]] then redis.call('HDEL', inbound, ids[i]) end
  end
  local open = {}
  for i = 1, cursor_count do
    open[ARGV[at]] = true
    at = at + 1
  end
  local wanted = {}
  for i = at, #ARGV, 2 do
    wanted[ARGV[i]] = true
    redis.call('HSET', session, '+' .. ARGV[i], ARGV[i + 1])
    note_shared(ARGV[i])
  end
  local found, cursors = subscriptions()
  for i = 1, #found, 2 do
    if not wanted[found[i]] then redis.call('HDEL', session, '+' .. found[i]) end
  end
  -- A cursor that has ended has given its slot, and its packet identifiers, to another.
  for i = 1, #cursors, 2 do
    if not open[cursors[i]] then redis.call('HDEL', session, '~' .. cursors[i]) end
  end
end
backstop(expiry)
return {1, nonce}
