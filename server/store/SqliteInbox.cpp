#include "store/SqliteInbox.h"

#include <QLoggingCategory>

#include <algorithm>
#include <utility>

namespace concierge::store {

Q_LOGGING_CATEGORY(lcInbox, "concierge.store.inbox")

using chat::Entry;
using chat::InboxPage;
using chat::InboxPosition;
using chat::StoreResult;
using Kind = Write::Kind;

namespace {

constexpr std::size_t maxLoads = 16; // pages of up to 1 MB that are on their way
constexpr Milliseconds sweepAgainAfter{60'000};
constexpr int positionBits = 30; // a thousand million in the time by which a run's number grows

bool isMessage(const Entry &entry)
{
    return std::holds_alternative<std::shared_ptr<const chat::Message>>(entry);
}

WritePointer makeWrite(Kind kind, qint64 number)
{
    auto write = std::make_shared<Write>();
    write->kind = kind;
    write->number = number;
    return write;
}

WritePointer makeWrite(Kind kind, const ChatId &chat, const UserId &user)
{
    auto write = makeWrite(kind, 0);
    write->bytes = chat.utf8();
    write->user = user;
    return write;
}

} // namespace

SqliteInbox::SqliteInbox(const Clock &clock, Milliseconds ttl)
    : m_clock(clock)
    , m_ttl(ttl)
{}

Result<std::unique_ptr<SqliteInbox>, StoreError> SqliteInbox::open(const DatabaseOptions &options,
                                                                   const Clock &clock, Milliseconds ttl)
{
    std::unique_ptr<SqliteInbox> inbox(new SqliteInbox(clock, ttl)); // its constructor is ours alone
    DatabaseOptions dated = options;
    dated.now = clock.wall();
    auto writer = SqliteWriter::open(dated, inbox->m_content, [self = inbox.get()](StoreAnswers answers) {
        self->post(std::move(answers));
    });
    if (!writer)
        return writer.error();
    inbox->m_writer = std::move(writer).value();
    if (!inbox->m_content.ledger.empty())
        inbox->m_lastBlock = inbox->m_content.ledger.back().number;
    return inbox;
}

SqliteInbox::~SqliteInbox()
{
    answerThrough({});
    m_writer.reset();
}

void SqliteInbox::answerThrough(Executor executor)
{
    const std::lock_guard lock(m_executorMutex); // an answer that is being handed over comes first
    m_executor = std::move(executor);
}

InboxPosition SqliteInbox::firstPosition() const
{
    return std::max(m_content.run << positionBits, m_content.lastPosition + 1);
}

qint64 SqliteInbox::firstOutgoing() const
{
    return std::max(m_content.run << positionBits, m_content.outgoing.lastNumber + 1);
}

std::vector<quint64> SqliteInbox::takeEvidence()
{
    return std::exchange(m_content.evidence, {});
}

void SqliteInbox::append(const UserId &user, InboxPosition position, Entry entry)
{
    const auto write = makeWrite(Kind::Append, position);
    write->user = user;
    write->storedAt = m_clock.wall();
    write->entry = std::move(entry);
    const bool isForMessage = isMessage(write->entry);
    if (!m_writer->queue().push(write)) {
        refuse(user, position);
        return;
    }
    m_content.waiting.add(user, position, isForMessage);
    m_appends.emplace(position, write);
    m_sweptTo = std::min(m_sweptTo, position - 1);
    tellSize();
}

/// At once, but not before an earlier one of the user has its answer.
void SqliteInbox::refuse(const UserId &user, InboxPosition position)
{
    const auto earlier = m_appends.find(m_content.waiting.last(user));
    if (earlier != m_appends.end())
        earlier->second->refused.push_back(position);
    else if (m_listener)
        m_listener->appended(user, position, StoreResult::Failed);
}

void SqliteInbox::load(const UserId &user, InboxPosition after, LoadCallback done)
{
    if (m_content.waiting.last(user) <= after) {
        done({});
        return;
    }
    m_waitingLoads.push_back({user, after, std::move(done)});
    startLoads();
}

/// Only so many at a time: each has a list of positions, and brings a page.
void SqliteInbox::startLoads()
{
    while (m_loads.size() < maxLoads && !m_waitingLoads.empty()) {
        Load load = std::move(m_waitingLoads.front());
        m_waitingLoads.pop_front();
        auto positions = m_content.waiting.behind(load.user, load.after, InboxPage::maxEntries);
        if (positions.empty()) { // they were removed while it waited
            load.done({});
            continue;
        }
        Read read;
        read.kind = Read::Kind::Page;
        read.id = ++m_lastRead;
        read.positions = std::move(positions);
        read.expired = expired();
        m_loads.emplace(read.id, std::move(load));
        m_writer->queue().push(std::move(read));
    }
}

bool SqliteInbox::remove(const UserId &user, InboxPosition position)
{
    if (!m_content.waiting.remove(user, position))
        return false;
    tellSize();
    const auto append = m_appends.find(position);
    if (append == m_appends.end() || !m_writer->queue().cancel(*append->second))
        m_writer->queue().push(makeWrite(Kind::Remove, position));
    return true;
}

qsizetype SqliteInbox::waiting(const UserId &user) const
{
    return m_content.waiting.messages(user);
}

void SqliteInbox::sweep(SweepCallback done)
{
    startSweep(m_sweptTo, std::move(done));
}

void SqliteInbox::startSweep(InboxPosition after, SweepCallback done)
{
    Read read;
    read.kind = Read::Kind::Sweep;
    read.id = ++m_lastRead;
    read.after = after;
    read.expired = expired();
    m_sweeps.emplace(read.id, std::move(done));
    m_writer->queue().push(std::move(read));
}

quint64 SqliteInbox::record(QByteArray block)
{
    const auto write = makeWrite(Kind::Record, static_cast<qint64>(++m_lastBlock));
    write->bytes = std::move(block);
    m_writer->queue().push(write);
    return m_lastBlock;
}

void SqliteInbox::forget(quint64 upTo)
{
    if (m_forget)
        m_writer->queue().cancel(*m_forget); // the new one does its work too
    m_forget = makeWrite(Kind::Forget, static_cast<qint64>(upTo));
    m_writer->queue().push(m_forget);
}

std::vector<chat::LedgerBlock> SqliteInbox::takeLedger()
{
    return std::exchange(m_content.ledger, {});
}

void SqliteInbox::addMember(const ChatId &chat, const UserId &user, MemberCallback done)
{
    if (m_content.members.value(chat).contains(user)) {
        waitForMembership({chat, user}, std::move(done));
        return;
    }
    m_content.addMember(chat, user);
    writeMembership(Kind::AddMember, {chat, user}, std::move(done));
}

void SqliteInbox::removeMember(const ChatId &chat, const UserId &user, MemberCallback done)
{
    const auto found = m_content.members.find(chat);
    if (found == m_content.members.end() || !found->removeOne(user)) {
        waitForMembership({chat, user}, std::move(done));
        return;
    }
    const auto chats = m_content.chatsOf.find(user);
    chats->removeOne(chat);
    if (chats->isEmpty())
        m_content.chatsOf.erase(chats);
    if (found->isEmpty())
        m_content.members.erase(found);
    const auto join = m_memberWrites.find({chat, user});
    if (join == m_memberWrites.end() || !m_writer->queue().cancel(*join->second)) {
        writeMembership(Kind::RemoveMember, {chat, user}, std::move(done));
        return;
    }
    // It was none before that, on the disk or by a write that is still to come.
    const WritePointer undone = join->second;
    if (undone->before)
        join->second = undone->before;
    else
        m_memberWrites.erase(join);
    for (MemberCallback &waits : std::exchange(undone->done, {}))
        waitForMembership({chat, user}, std::move(waits));
    waitForMembership({chat, user}, std::move(done));
}

void SqliteInbox::writeMembership(Kind kind, const Membership &membership, MemberCallback done)
{
    auto write = makeWrite(kind, membership.first, membership.second);
    if (done)
        write->done.push_back(std::move(done));
    WritePointer &latest = m_memberWrites[membership];
    write->before = std::exchange(latest, write);
    m_writer->queue().push(write);
}

/// It is as it should be already, but may not be on the disk yet.
void SqliteInbox::waitForMembership(const Membership &membership, MemberCallback done)
{
    if (!done)
        return;
    const auto write = m_memberWrites.find(membership);
    if (write == m_memberWrites.end())
        done(true);
    else if (write->second->isDelayed)
        done(false);
    else
        write->second->done.push_back(std::move(done));
}

void SqliteInbox::tellMembership(Write &write, bool isStored)
{
    for (const MemberCallback &done : std::exchange(write.done, {}))
        done(isStored);
}

void SqliteInbox::takeMembership(Write &write)
{
    const auto latest = m_memberWrites.find({ChatId(write.bytes), write.user});
    if (latest != m_memberWrites.end()) {
        if (latest->second.get() == &write)
            m_memberWrites.erase(latest);
        else if (latest->second->before.get() == &write)
            latest->second->before.reset();
    }
    write.before.reset(); // it was written ahead
    tellMembership(write, true);
}

void SqliteInbox::post(StoreAnswers answers)
{
    const std::lock_guard lock(m_executorMutex);
    if (!m_executor)
        return;
    const auto shared = std::make_shared<StoreAnswers>(std::move(answers)); // std::function copies
    m_executor([this, alive = std::weak_ptr<const char>(m_alive), shared] {
        if (!alive.expired())
            take(*shared);
    });
}

void SqliteInbox::take(StoreAnswers &answers)
{
    for (const WritePointer &write : answers.writes)
        takeWrite(*write);
    for (const WritePointer &write : answers.delayed) {
        write->isDelayed = true;
        tellMembership(*write, false);
    }
    for (PageAnswer &page : answers.pages)
        takePage(page);
    for (SweepAnswer &sweep : answers.sweeps)
        takeSweep(sweep);
    startLoads();
}

void SqliteInbox::takeWrite(Write &write)
{
    if (write.kind == Kind::Append) {
        takeAppend(write);
    } else if (write.kind == Kind::AddMember || write.kind == Kind::RemoveMember) {
        takeMembership(write);
    } else if (write.kind == Kind::Record && m_listener) {
        m_listener->recorded(static_cast<quint64>(write.number));
    } else if (const auto written = std::exchange(write.written, {})) {
        written(write.result == StoreResult::Stored);
    }
}

void SqliteInbox::takeAppend(Write &write)
{
    m_appends.erase(write.number);
    StoreResult result = write.result;
    if (!m_content.waiting.contains(write.user, write.number))
        result = StoreResult::Removed; // by now
    else if (result == StoreResult::Failed)
        m_content.waiting.remove(write.user, write.number);
    tellSize();
    if (m_listener)
        m_listener->appended(write.user, write.number, result);
    for (const InboxPosition refused : write.refused) {
        if (m_listener)
            m_listener->appended(write.user, refused, StoreResult::Failed);
    }
}

/// What was removed while it was read is left out; where nothing is left, the next page is what was asked
/// for.
void SqliteInbox::takePage(PageAnswer &answer)
{
    Load load = std::move(m_loads.extract(answer.id).mapped());
    dropMissing(load.user, answer.missing);
    InboxPage page;
    page.isFailed = answer.isFailed;
    for (chat::WaitingEntry &waiting : answer.entries) {
        if (m_content.waiting.contains(load.user, waiting.position))
            page.entries.push_back(std::move(waiting));
    }
    load.after = std::max(load.after, answer.reached);
    if (page.entries.empty() && !page.isFailed && m_content.waiting.last(load.user) > load.after)
        m_waitingLoads.push_front(std::move(load));
    else
        load.done(std::move(page));
}

/// What is neither on the disk nor on its way there does not wait, whatever became of it.
void SqliteInbox::dropMissing(const UserId &user, const std::vector<InboxPosition> &positions)
{
    for (const InboxPosition position : positions) {
        if (!m_appends.contains(position) && m_content.waiting.remove(user, position))
            qCWarning(lcInbox) << "the entry at position" << position
                               << "is not in the database any more: somebody else has removed it";
    }
}

void SqliteInbox::takeSweep(SweepAnswer &answer)
{
    SweepCallback done = std::move(m_sweeps.extract(answer.id).mapped());
    chat::Expired expired;
    InboxPosition reached = 0;
    for (chat::ExpiredEntry &entry : answer.entries) {
        reached = entry.waiting.position;
        if (m_content.waiting.contains(entry.user, reached))
            expired.entries.push_back(std::move(entry));
        else if (expired.entries.empty())
            m_sweptTo = std::max(m_sweptTo, reached); // its removal has not come to the disk yet
    }
    if (answer.isCut && expired.entries.empty()) {
        startSweep(reached, std::move(done));
        return;
    }
    const Milliseconds now = m_clock.wall();
    expired.nextDue = now + (answer.isFailed ? sweepAgainAfter : m_ttl);
    if (answer.isCut)
        expired.nextDue = now;
    else if (answer.nextStoredAt)
        expired.nextDue = *answer.nextStoredAt + m_ttl;
    done(std::move(expired));
}

} // namespace concierge::store
