/// What the inbox on disk can do: bench_sqlite_inbox FOLDER append|relaxed|fill|open|load|disk [NUMBER].
/// Figures on stdout.
#include "SqliteFixture.h"

#include <QCoreApplication>
#include <QFile>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <deque>

using namespace concierge;
using namespace concierge::test;
using std::chrono::duration;
using std::chrono::steady_clock;

namespace {

double seconds(steady_clock::time_point since)
{
    return duration<double>(steady_clock::now() - since).count();
}

double residentMegabytes()
{
    QFile file(QStringLiteral("/proc/self/statm"));
    if (!file.open(QIODevice::ReadOnly))
        return 0;
    return file.readAll().split(' ').value(1).toDouble() * 4'096 / 1e6;
}

class Bench final : private chat::InboxListener
{
public:
    Bench(const QString &folder, store::Durability durability)
        : m_home(folder)
    {
        m_home.options().durability = durability;
        const auto begin = steady_clock::now();
        m_made = m_home.open(std::chrono::hours(720));
        std::printf("opened in %.2f s, %lld entries, resident %.1f MB\n", seconds(begin),
                    static_cast<long long>(m_home.health->snapshot().messages), residentMegabytes());
        m_made.inbox->setListener(this);
        m_next = m_made.inbox->firstPosition();
    }

    void append(int count, std::size_t inFlight, int users, qsizetype size, bool isRemoved)
    {
        m_isRemoved = isRemoved;
        m_latencies.clear();
        const auto commits = m_home.health->snapshot().commits;
        const auto begin = steady_clock::now();
        for (int i = 0; i < count; ++i) {
            while (m_open.size() >= inFlight)
                m_made.waitForAnswer();
            const UserId user("user" + QByteArray::number(i % users));
            m_open.push_back(steady_clock::now());
            m_made.inbox->append(user, m_next++, messageOf("m" + QByteArray::number(i), size));
        }
        while (!m_open.empty())
            m_made.waitForAnswer();
        const double time = seconds(begin);
        std::sort(m_latencies.begin(), m_latencies.end());
        const auto at = [this](double part) {
            return m_latencies[static_cast<std::size_t>(part * double(m_latencies.size() - 1))] * 1e3;
        };
        const auto health = m_home.health->snapshot();
        std::printf(
            "%6zu in flight, %4lld bytes%s: %8.0f/s, %5llu commits; ms until stored: median %.2f, 99%% "
            "%.2f, most %.2f; failed %d\n",
            inFlight, static_cast<long long>(size), isRemoved ? ", removed" : "", count / time,
            static_cast<unsigned long long>(health.commits - commits), at(0.5), at(0.99), at(1), m_failed);
    }

    void load(int users)
    {
        qsizetype entries = 0;
        int open = 0;
        const auto begin = steady_clock::now();
        for (int i = 0; i < users; ++i) {
            ++open;
            m_made.inbox->load(UserId("user" + QByteArray::number(i)), 0, [&](const chat::InboxPage &page) {
                --open;
                entries += static_cast<qsizetype>(page.entries.size());
            });
        }
        append(2'000, 16, 1, 200, false);
        while (open > 0)
            m_made.waitForAnswer();
        std::printf("%d pages, %.0f pages/s, %.0f entries/s\n", users, users / seconds(begin),
                    double(entries) / seconds(begin));
    }

private:
    void appended(const UserId &user, chat::InboxPosition position, chat::StoreResult result) override
    {
        m_latencies.push_back(seconds(m_open.front()));
        m_open.pop_front();
        m_failed += result == chat::StoreResult::Failed ? 1 : 0;
        if (m_isRemoved)
            m_made.inbox->remove(user, position);
    }
    void recorded(quint64) override {}

    SqliteHome m_home;
    InboxUnderTest m_made;
    chat::InboxPosition m_next = 0;
    std::deque<steady_clock::time_point> m_open;
    std::vector<double> m_latencies;
    int m_failed = 0;
    bool m_isRemoved = false;
};

/// What SQLite and the disk can do, with nothing of the inbox around: rows of a message in commits of so many
/// rows each, on one thread that does nothing else.
void tryDisk(const QString &folder)
{
    store::DatabaseOptions options;
    options.folder = folder;
    auto database = store::SqliteDatabase::open(options);
    if (!database)
        qFatal("%s", qPrintable(database.error().line));
    store::SqliteTables tables((*database)->connection());
    const chat::Entry entry = messageOf("m", 200);
    chat::InboxPosition position = (*database)->run() << 40;
    for (const int rows : {1, 16, 256, 1'024, 4'096}) {
        int commits = 0;
        const auto begin = steady_clock::now();
        for (; seconds(begin) < 2; ++commits) {
            bool isDone = tables.begin();
            for (int i = 0; i < rows; ++i)
                isDone = isDone && tables.insert(position++, UserId("user" + QByteArray::number(i)),
                                                 Milliseconds(1), entry);
            if (!isDone || !tables.commit())
                qFatal("%s", qPrintable(tables.error().text()));
        }
        const double time = seconds(begin);
        std::printf("%5d rows a commit: %7.0f commits/s, %8.0f rows/s\n", rows, commits / time,
                    rows * commits / time);
    }
}

} // namespace

int main(int argc, char *argv[])
{
    const QCoreApplication app(argc, argv);
    if (argc < 3) {
        std::puts("bench_sqlite_inbox FOLDER append|relaxed|fill|open|load|disk [NUMBER]");
        return 2;
    }
    const QByteArray what(argv[2]);
    if (what == "disk") {
        tryDisk(QString::fromLocal8Bit(argv[1]));
        return 0;
    }
    const int number = argc > 3 ? QByteArray(argv[3]).toInt() : 10'000;
    Bench bench(QString::fromLocal8Bit(argv[1]),
                what == "relaxed" ? store::Durability::Relaxed : store::Durability::Full);
    if (what == "append" || what == "relaxed") {
        bench.append(2'000, 1, 1'000, 200, true);
        for (const std::size_t inFlight : {16U, 256U, 4'096U, 65'536U}) {
            bench.append(200'000, inFlight, 1'000, 200, false);
            bench.append(200'000, inFlight, 1'000, 200, true);
        }
        bench.append(20'000, 4'096, 1'000, 10'000, false);
    } else if (what == "fill") {
        bench.append(1'000'000, 65'536, number, 200, false);
    } else if (what == "load") {
        bench.load(number);
    }
    std::printf("resident %.1f MB\n", residentMegabytes());
    return 0;
}
