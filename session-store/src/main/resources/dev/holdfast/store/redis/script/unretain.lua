-- ARGV: head, whether the call comes late or again, bell, topic, entry that must still be there or '', arrival ms of
-- what removes it. A gateway may have stood still with it, see retain.lua.
local late, bell, topic, only, arrived = ARGV[2] == '1', ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])
local before = redis.call('HGET', kept, topic)
if not before or (only ~= '' and before ~= only) or (late and arrival(before) > arrived) then return {1, 0} end
return {1, remove(topic, bell)}
