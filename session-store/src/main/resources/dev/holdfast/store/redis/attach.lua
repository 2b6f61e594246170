-- ARGV: deadline, nonce, principal, gateway, clean start, expiry ms, will or '', queue limits.
local nonce, principal, gateway, clean_start = ARGV[2], ARGV[3], ARGV[4], ARGV[5] == '1'
local expiry, testament, limits = tonumber(ARGV[6]), ARGV[7], ARGV[8]

local f = redis.call('HMGET', session, 'e', 'p', 'o', 'x', 'n', 'a', 'm', 'r', 'v', 'h', 'f', 'l')
local epoch, owner, last, mark = f[1], f[3], tonumber(f[5] or '0'), tonumber(f[7] or '0')
local present, displaced, displaced_nonce, had, due_will, discarded, overdue = 0, '', '', 0, '', {}, 0

if epoch and string.sub(f[8], 1, 8) == nonce then
  -- The very same call again, its answer was lost: nothing but the answer is to be done.
  local kept = replayed(nonce)
  if kept then return kept end
  present = tonumber(string.sub(f[8], 9, 9))
else
  local over = epoch and not owner and f[6] and now >= tonumber(f[6])
  if epoch and not over and f[2] ~= principal then return {-2} end
  displaced = owner or ''
  displaced_nonce = owner and string.sub(f[8], 1, 8) or ''
  -- A session of expiry zero ends with its connection, which is displaced now [MQTT-3.1.2-23].
  local ended = epoch and (over or clean_start or (owner and f[4] == '0'))
  if ended then
    had = 1
    discarded = subscriptions()
    if f[9] then due_will = redis.call('GET', will) or '' end
    erase()
    last, mark = 0, 0
  elseif epoch then
    present = 1
    local read = math.max(mark, tonumber(f[10] or '0'))
    if owner then
      -- The displaced owner left no mark. It sends in order: what it has not read although it was there before it
      -- came holds back all that is behind.
      local index, unread = find(queue, redis.call('LLEN', queue), read + 1)
      mark = (unread and seq_of(unread) < tonumber(f[11] or '1')) and read or last
    end
    if f[9] and now >= tonumber(f[9]) then
      -- Its delay is over, only the sweep has not come yet.
      redis.call('HSET', session, 'y', redis.call('GET', will) or '')
      overdue = 1
    end
    if string.sub(f[12], 18) ~= generation then
      last = last + LEAP
      redis.call('HSET', session, 'n', int(last))
    end
  end
  -- Above any epoch this client identifier ever had, those of an erased session and of an attach that Redis has lost
  -- included.
  epoch = int(math.max(tonumber(epoch or '0') + 1, clock[1] * 1000000 + clock[2]))
  redis.call('HSET', session, 'e', epoch, 'o', gateway, 'p', principal, 'x', int(expiry), 'l', limits .. generation,
    'r', nonce .. present)
  if present == 1 then redis.call('HSET', session, 'm', int(mark), 'f', int(last + 1)) end
  redis.call('HDEL', session, 'a', 'v', 'h')
  if present == 0 and expiry == 0 then redis.call('HSET', session, 'c', 1) end
  if testament == '' then redis.call('DEL', will) else redis.call('SET', will, testament) end
  backstop(expiry)
end

local head = redis.call('LINDEX', queue, 0)
local first = head and seq_of(head) or last + 1
local ids = redis.call('HKEYS', inbound)
local reply = {1, epoch, present, displaced, displaced_nonce, overdue, int(first), int(last + 1), int(mark), had,
  due_will, #ids}
for i = 1, #ids do reply[#reply + 1] = ids[i] end
local kept = present == 1 and subscriptions() or {}
reply[#reply + 1] = #kept / 2
for i = 1, #kept do reply[#reply + 1] = kept[i] end
reply[#reply + 1] = #discarded / 2
for i = 1, #discarded do reply[#reply + 1] = discarded[i] end
if displaced ~= '' or had == 1 then keep(nonce, reply) end
return reply
