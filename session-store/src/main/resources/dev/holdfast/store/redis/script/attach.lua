-- ARGV: head, nonce, principal, gateway, clean start, expiry ms, will or '', queue limits, ms for the word of a
-- displaced gateway, ms for publishing a will, whether a kept session that begins has to be counted first, when it was asked for, or 0.
local WAITED = 1000  -- ms; between attaches that follow each other sooner their order here decides
local nonce, principal, gateway, clean_start = ARGV[2], ARGV[3], ARGV[4], ARGV[5] == '1'
local expiry, testament, limits = tonumber(ARGV[6]), ARGV[7], ARGV[8]

local f = redis.call('HMGET', session, 'e', 'p', 'o', 'x', 'n', 'a', 'm', 'r', 'v', 'h', 'f', 'l', 'c', 't', 'k', 'g', 'i')
local epoch, owner, last, mark = f[1], f[3], tonumber(f[5] or '0'), tonumber(f[7] or '0')
local done, lost, lost_before = tonumber(f[14] or '0'), tonumber(f[15] or '0'), tonumber(f[16] or '0')
local present, displaced, left_nonce, visit, due_will, discarded = 0, '', '', 0, '', {}
local known_will = ''
local ended, former, former_principal, born, predecessor = '', epoch or '0', f[2] or '', f[13] or '0', '0'

if epoch and string.sub(f[8], 1, 8) == nonce then
  -- The very same call again, its answer was lost: nothing but the answer is to be done.
  local kept = replayed(nonce)
  if kept then return kept end
  present = tonumber(string.sub(f[8], 9, 9))
else
  local over = epoch and not owner and f[6] and now >= tonumber(f[6])
  if epoch and not over and f[2] ~= principal then return {-2} end
  local asked = tonumber(ARGV[12])
  -- It has waited, or is repeated; the connection that is there came after it and must not be displaced by it.
  if owner and asked > 0 and now - asked > WAITED and tonumber(f[17] or '0') > asked then return {-4} end
  -- A session of expiry zero ends with its connection, which is displaced now [MQTT-3.1.2-23].
  if over then ended = 'x' elseif epoch and (clean_start or (owner and f[4] == '0')) then ended = 'd' end
  -- One kept session that takes another one's place is none more.
  if ARGV[11] == '1' and (not epoch or over or f[13] == '1') then return {-3} end
  local blob = (owner or f[9]) and redis.call('GET', will)
  if owner then
    displaced, left_nonce = owner, string.sub(f[8], 1, 8)
    if blob and (ended ~= '' or will_delay(blob) == 0) then
      -- Unless its client has said goodbye, which only its gateway knows [MQTT-3.1.3-9] [MQTT-3.14.4-3].
      visit = now + tonumber(ARGV[9])
      set_due(epoch, AWAITED, visit, left_nonce, blob)
      left_nonce, known_will = '', epoch
    end
  elseif blob and ended ~= '' then
    due_will, known_will, visit = blob, epoch, now + tonumber(ARGV[10])
    set_due(epoch, HANDED, visit, nonce, blob)
  elseif blob and now >= tonumber(f[9]) then
    -- Its delay is over, only the sweep has not come yet: who attaches is faster (wills_left.lua).
    visit = now
    set_due(epoch, HANDED, visit, nonce, blob)
  end
  if ended ~= '' then
    discarded = subscriptions()
    if leave_shared(may_be_sent(owner, f[7], f[10], f[11], f[5])) then visit = now end
    erase()
    last, mark = 0, 0
  elseif epoch then
    present = 1
    local read = math.max(mark, tonumber(f[10] or '0'))
    if owner then
      -- The displaced owner has left no mark yet. It sends in order: what it has not read although it was there before it
      -- came holds back all that is behind.
      redis.call('HSET', session, 'u', f[1] .. ':' .. int(mark))
      local index, unread = find(queue, redis.call('LLEN', queue), read + 1)
      mark = (unread and seq_of(unread) < tonumber(f[11] or '1')) and read or last
    else
      redis.call('HDEL', session, 'u')
    end
    if term_of(f[12]) < term then
      last = lifted(last)
      redis.call('HSET', session, 'n', int(last))
    end
  end
  -- Above any epoch this client identifier ever had, those of an erased session and of an attach that Redis has lost
  -- included.
  epoch = int(math.max(tonumber(epoch or '0') + 1, micros()))
  redis.call('HSET', session, 'e', epoch, 'o', gateway, 'p', principal, 'x', int(expiry), 
    'l', limits .. string.sub(in_term(present == 1 and f[12] or limits), 18), 'r', nonce .. present, 'i', int(asked))
  if present == 1 then redis.call('HSET', session, 'm', int(mark), 'f', int(last + 1)) end
  if present == 1 and lost > lost_before then redis.call('HSET', session, 'g', int(lost)) end
  redis.call('HDEL', session, 'a', 'v', 'h')
  if present == 0 then
    born = epoch
    redis.call('HSET', session, 'c', expiry == 0 and '1' or born)
    predecessor = redis.call('GET', ended_at) or '0'
  end
  if testament == '' then redis.call('DEL', will) else redis.call('SET', will, testament) end
  backstop(expiry)
end

-- Wills of earlier connections that are still to come.
local owed, waiting = 0, redis.call('HKEYS', due)
for i = 1, #waiting do
  if waiting[i] ~= LEFT_LEASE and waiting[i] ~= known_will then owed = 1 end
end

local head = redis.call('LINDEX', queue, 0)
local first = head and seq_of(head) or last + 1
local ids = redis.call('HKEYS', inbound)
local queued = present == 1 and redis.call('LLEN', queue) - done or 0
local reply = {1, epoch, born == '1' and epoch or born, present, displaced, former, left_nonce, int(visit), int(first), int(last + 1), int(mark),
  redis.call('HGET', session, 'j') or '', ended, predecessor, queued, present == 1 and int(lost - lost_before) or 0,
  former_principal, due_will, owed, #ids}
for i = 1, #ids do reply[#reply + 1] = ids[i] end
local kept = present == 1 and subscriptions() or {}
reply[#reply + 1] = #kept / 2
for i = 1, #kept do reply[#reply + 1] = kept[i] end
reply[#reply + 1] = #discarded / 2
for i = 1, #discarded do reply[#reply + 1] = discarded[i] end
if displaced ~= '' or ended ~= '' or visit > 0 or predecessor ~= '0' then keep(nonce, reply) end
return reply
