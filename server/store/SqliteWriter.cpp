#include "store/SqliteWriter.h"

#include "chat/Offsets.h"
#include "store/FileIdentity.h"

#include <QFileInfo>
#include <QLoggingCategory>

#include <algorithm>
#include <future>
#include <utility>

namespace concierge::store {

Q_LOGGING_CATEGORY(lcStore, "concierge.store")

using chat::InboxPage;
using chat::StoreResult;
using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using Kind = Write::Kind;

namespace {

constexpr milliseconds retryAfter{1'000};
constexpr milliseconds measureAfter{1'000};
constexpr milliseconds leastReadTime{5};
constexpr milliseconds readsAfter{10'000};

bool isCancelled(const WritePointer &write)
{
    return write->state == Write::State::Cancelled;
}

qint64 elapsedMs(steady_clock::time_point since)
{
    return duration_cast<milliseconds>(steady_clock::now() - since).count();
}

} // namespace

SqliteWriter::SqliteWriter(Handler handler)
    : m_handler(std::move(handler))
{}

Result<std::unique_ptr<SqliteWriter>, StoreError> SqliteWriter::open(const DatabaseOptions &options,
                                                                     StoreContent &content, Handler handler)
{
    std::unique_ptr<SqliteWriter> writer(
        new SqliteWriter(std::move(handler))); // its constructor is ours alone
    std::promise<std::optional<StoreError>> opened;
    auto result = opened.get_future();
    writer->m_thread = std::thread([self = writer.get(), &options, &content, &opened] {
        auto error = self->prepare(options, content);
        const bool isOpen = !error;
        opened.set_value(std::move(error)); // the caller's variables may be gone from here on
        if (isOpen)
            self->serve();
        self->close();
    });
    if (auto error = result.get())
        return *std::move(error);
    return writer;
}

SqliteWriter::~SqliteWriter()
{
    m_queue.stop();
    m_thread.join();
}

std::optional<StoreError> SqliteWriter::prepare(const DatabaseOptions &options, StoreContent &content)
{
    const auto begin = steady_clock::now();
    auto database = SqliteDatabase::open(options);
    if (!database)
        return database.error();
    m_database = std::move(database).value();
    m_tables = std::make_unique<SqliteTables>(m_database->connection());
    content.secret = m_database->secret();
    content.run = m_database->run();
    if (!readAll(options.now, content)) {
        const QString why = explain(m_tables->error(), m_database->connection().path());
        return cannotUse(m_database->folder(), why);
    }
    m_health->setWaiting(content.waiting.messages(), content.waiting.users());
    m_files = filesNow();
    measure();
    content.summary = QStringLiteral("%1: %2 entries wait for %3 users; opened in %4 ms")
                          .arg(m_database->connection().path())
                          .arg(content.waiting.size())
                          .arg(content.waiting.users())
                          .arg(elapsedMs(begin));
    return std::nullopt;
}

bool SqliteWriter::readAll(Milliseconds now, StoreContent &content)
{
    bool isAhead = false;
    const auto takeHead = [&](const SqliteTables::Head &head) {
        content.waiting.add(head.user, head.position, head.isMessage);
        content.lastPosition = std::max(content.lastPosition, head.position);
        if (head.isMessage && m_oldestFrom == unknown)
            m_oldestFrom = head.position;
        isAhead = isAhead || head.storedAt > now;
        if (head.hasOwnId && !head.sender.isEmpty())
            content.evidence.push_back(
                chat::evidenceHash(content.secret, head.sender, head.message, head.user));
    };
    const bool isRead =
        m_tables->readHeads(takeHead) && m_tables->readMembers([&](const ChatId &chat, const UserId &user) {
            content.addMember(chat, user);
        }) &&
        m_tables->readLedger([&](chat::LedgerBlock block) { content.ledger.push_back(std::move(block)); }) &&
        m_tables->outgoing().count(content.outgoing);
    content.waiting.squeeze();
    std::sort(content.evidence.begin(), content.evidence.end());
    return isRead && (!isAhead || m_tables->limitAge(now));
}

void SqliteWriter::serve()
{
    for (;;) {
        m_queue.wait(m_isFailing ? std::optional(m_nextTry) : std::nullopt);
        const bool isStopping = m_queue.isStopping();
        for (const auto &task : m_queue.takeTasks())
            task();
        if (!m_isFailing) {
            writeBatch();
        } else {
            refuseFresh();
            if (isStopping || steady_clock::now() >= m_nextTry)
                tryAgain();
        }
        doReads();
        if (steady_clock::now() - m_measured >= measureAfter)
            measure();
        if (isStopping && (m_isFailing || m_queue.size() == 0))
            return;
    }
}

/// Where a try failed, the user will hear what was removed again.
void SqliteWriter::close()
{
    if (m_isFailing && m_queue.size() > 0)
        qCCritical(lcStore).noquote()
            << QStringLiteral("%1 changes could not be written before the end: what "
                              "was delivered lately may be delivered once more")
                   .arg(m_queue.size());
    m_tables.reset();
    m_database.reset();
}

void SqliteWriter::writeBatch()
{
    auto batch = m_queue.takeBatch();
    if (batch.empty())
        return;
    if (!write(batch)) {
        failed(std::move(batch));
        return;
    }
    done(std::move(batch), StoreResult::Stored);
}

void SqliteWriter::done(std::vector<WritePointer> writes, StoreResult result)
{
    for (const WritePointer &write : writes)
        write->result = isCancelled(write) ? StoreResult::Removed : result;
    m_health->setQueued(m_queue.size());
    m_handler({std::move(writes), {}, {}, {}});
}

/// All of it or nothing.
bool SqliteWriter::write(const std::vector<WritePointer> &batch)
{
    const auto begin = steady_clock::now();
    const auto count = std::count_if(batch.begin(), batch.end(), std::not_fn(isCancelled));
    if (count == 0)
        return true;
    const bool isDone =
        m_tables->begin() && std::all_of(batch.begin(), batch.end(), [this](const WritePointer &write) {
            return isCancelled(write) || apply(*write);
        });
    return isDone && commit(static_cast<quint64>(count), begin);
}

bool SqliteWriter::apply(const Write &write)
{
    switch (write.kind) {
    case Kind::Append:
        m_oldestFrom = std::min(m_oldestFrom, write.number);
        return m_tables->insert(write.number, write.user, write.storedAt, write.entry);
    case Kind::Remove:
        return m_tables->erase(write.number);
    case Kind::AddMember:
        return m_tables->addMember(ChatId(write.bytes), write.user);
    case Kind::RemoveMember:
        return m_tables->removeMember(ChatId(write.bytes), write.user);
    case Kind::Record:
        return m_tables->record(static_cast<quint64>(write.number), write.bytes);
    case Kind::Forget:
        return m_tables->forget(static_cast<quint64>(write.number));
    case Kind::Outgoing:
        return m_tables->outgoing().insert(write.number, write.cost, write.outgoing);
    case Kind::DropOutgoing:
        return m_tables->outgoing().erase(write.number, write.until);
    case Kind::SetAside:
        return m_tables->outgoing().setAside(write.number, QString::fromUtf8(write.bytes));
    case Kind::RestoreAside:
        return m_tables->outgoing().restoreAside();
    case Kind::DropAside:
        return m_tables->outgoing().eraseAside();
    }
    return true;
}

/// The database and its log: another file of that name is not what this process writes to.
std::pair<quint64, quint64> SqliteWriter::filesNow() const
{
    const QString path = m_database->connection().path();
    return {fileIdentity(path), fileIdentity(path + QStringLiteral("-wal"))};
}

bool SqliteWriter::commit(quint64 writes, Time begin)
{
    // What goes to a file without a name is gone with this process.
    const auto [database, log] = filesNow();
    m_isGone = database == 0 || log == 0 || database != m_files.first || log != m_files.second;
    if (m_isGone) {
        m_tables->rollback();
        return false;
    }
    if (!m_tables->commit())
        return false;
    m_lastCommit = steady_clock::now() - begin;
    m_health->committed(writes, duration_cast<microseconds>(m_lastCommit));
    return true;
}

void SqliteWriter::failed(std::vector<WritePointer> batch)
{
    const QString why = m_isGone ? QStringLiteral("its files are gone or others have taken their place; put "
                                                  "the same ones back, or stop the server and "
                                                  "restore a backup")
                                 : explain(m_tables->error(), m_database->connection().path());
    m_tables->rollback();
    m_nextTry = steady_clock::now() + retryAfter;
    const auto appends = std::stable_partition(
        batch.begin(), batch.end(), [](const WritePointer &write) { return !isRefusable(*write); });
    const std::vector<WritePointer> kept(batch.begin(), appends);
    m_queue.putBack(kept);
    batch.erase(batch.begin(), appends);
    if (!std::exchange(m_isFailing, true))
        m_failingSince = steady_clock::now();
    if (m_health->isWorking() || m_health->snapshot().problem != why) {
        qCCritical(lcStore).noquote()
            << QStringLiteral(
                   "%1 cannot be written: %2. What was acknowledged is safe; until it works again, "
                   "which is tried every second, messages that have to wait are refused")
                   .arg(m_database->connection().path(), why);
    }
    m_health->fails(why);
    done(std::move(batch), StoreResult::Failed);
    m_handler({{}, kept, {}, {}});
}

void SqliteWriter::refuseFresh()
{
    auto unwritten = m_queue.takeUnwritten();
    if (!unwritten.appends.empty())
        done(std::move(unwritten.appends), StoreResult::Failed);
    if (!unwritten.kept.empty())
        m_handler({{}, std::move(unwritten.kept), {}, {}});
}

void SqliteWriter::tryAgain()
{
    // A log that is in the database by now is written over, and takes no more room.
    m_database->connection().run(QStringLiteral("PRAGMA wal_checkpoint(PASSIVE)"));
    while (m_queue.hasKept()) {
        auto batch = m_queue.takeBatch();
        if (!write(batch)) {
            failed(std::move(batch));
            return;
        }
        done(std::move(batch), StoreResult::Stored);
    }
    if (probe())
        works();
    else
        failed({});
}

bool SqliteWriter::probe()
{
    const auto begin = steady_clock::now();
    return m_tables->begin() && m_tables->probe(++m_probes) && commit(0, begin);
}

void SqliteWriter::works()
{
    m_isFailing = false;
    m_health->works();
    m_health->setQueued(m_queue.size());
    qCInfo(lcStore).noquote() << QStringLiteral("%1 is written again, after %2 s")
                                     .arg(m_database->connection().path())
                                     .arg((elapsedMs(m_failingSince) + 500) / 1'000);
}

void SqliteWriter::doReads()
{
    const auto end = steady_clock::now() + std::max<steady_clock::duration>(leastReadTime, m_lastCommit);
    StoreAnswers answers;
    while (steady_clock::now() < end) {
        const auto read = m_queue.takeRead();
        if (!read)
            break;
        if (read->kind == Read::Kind::Page)
            answers.pages.push_back(readPage(*read));
        else
            answers.sweeps.push_back(sweep(*read));
    }
    if (!answers.pages.empty() || !answers.sweeps.empty())
        m_handler(std::move(answers));
}

PageAnswer SqliteWriter::readPage(const Read &read)
{
    PageAnswer page;
    page.id = read.id;
    qsizetype room = InboxPage::maxBytes;
    for (const chat::InboxPosition position : read.positions) {
        SqliteTables::Row row;
        const auto found = m_tables->read(position, row);
        noteReading(found != SqliteTables::Found::Failure);
        if (found == SqliteTables::Found::Failure) {
            page.isFailed = page.entries.empty();
            return page;
        }
        if (found == SqliteTables::Found::Nothing) {
            page.missing.push_back(position);
        } else if (row.storedAt > read.expired) {
            room -= costOf(row.entry);
            if (room < 0 && !page.entries.empty())
                return page;
            page.entries.push_back({position, std::move(row.entry)});
        }
        page.reached = position;
    }
    return page;
}

SweepAnswer SqliteWriter::sweep(const Read &read)
{
    SweepAnswer answer;
    answer.id = read.id;
    qsizetype room = InboxPage::maxBytes;
    const bool isRead = m_tables->readBehind(read.after, [&](SqliteTables::Row row) {
        if (row.storedAt > read.expired) {
            answer.nextStoredAt = row.storedAt;
            return false;
        }
        room -= costOf(row.entry);
        answer.entries.push_back({row.user, {row.position, std::move(row.entry)}});
        answer.isCut = answer.entries.size() == InboxPage::maxEntries || room < 0;
        return !answer.isCut;
    });
    noteReading(isRead);
    answer.isFailed = !isRead;
    return answer;
}

/// One line a change. Where only a part of the file cannot be read, it cannot as long as somebody asks for
/// that.
void SqliteWriter::noteReading(bool isDone)
{
    if (isDone && (!m_isReadFailing || steady_clock::now() - m_readFailed < readsAfter))
        return;
    if (!isDone)
        m_readFailed = steady_clock::now();
    if (m_isReadFailing == !isDone)
        return;
    m_isReadFailing = !isDone;
    const QString path = m_database->connection().path();
    if (isDone) {
        qCInfo(lcStore).noquote() << path << "is read again";
    } else {
        qCCritical(lcStore).noquote()
            << QStringLiteral("%1 cannot be read: %2. What waits for users stays there until it can")
                   .arg(path, explain(m_tables->error(), path));
    }
}

void SqliteWriter::measure()
{
    m_measured = steady_clock::now();
    const QString path = m_database->connection().path();
    m_health->setBytesOnDisk(QFileInfo(path).size() + QFileInfo(path + QStringLiteral("-wal")).size());
    findOldest();
}

/// What was passed over once, because it is a receipt or gone, is not looked at again.
void SqliteWriter::findOldest()
{
    std::optional<SqliteTables::Stored> oldest;
    if (m_oldestFrom != unknown && !m_tables->readOldestMessage(m_oldestFrom, oldest))
        return; // it cannot be read: what was known is the best there is
    m_oldestFrom = oldest ? oldest->position : unknown;
    m_health->setOldest(oldest ? std::optional(oldest->storedAt) : std::nullopt);
}

} // namespace concierge::store
