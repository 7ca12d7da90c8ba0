#pragma once

#include "InboxSuite.h"
#include "store/SqliteInbox.h"

#include <QTemporaryDir>

#include <condition_variable>
#include <mutex>
#include <vector>

namespace concierge::test {

/// Stands in for the chat's thread: what the store's thread answers waits here until the test comes for it.
class AnswerQueue
{
public:
    store::SqliteInbox::Executor executor()
    {
        return [this](std::function<void()> answer) {
            std::unique_lock lock(m_mutex);
            m_answers.push_back(std::move(answer));
            ++m_answered;
            m_wake.notify_all();
            m_wake.wait(lock, [this] { return !m_isHeld; });
        };
    }
    /// The store's thread stops where it has answered next: what is asked for then is one batch.
    void hold()
    {
        const std::lock_guard lock(m_mutex);
        m_isHeld = true;
        m_answered = 0;
    }
    void waitUntilHeld()
    {
        std::unique_lock lock(m_mutex);
        m_wake.wait(lock, [this] { return m_answered > 0; });
    }
    void release()
    {
        const std::lock_guard lock(m_mutex);
        m_isHeld = false;
        m_wake.notify_all();
    }
    /// Fails the program rather than wait for ever.
    void runNext()
    {
        std::vector<std::function<void()>> answers;
        {
            std::unique_lock lock(m_mutex);
            if (!m_wake.wait_for(lock, std::chrono::seconds(60), [this] { return !m_answers.empty(); }))
                qFatal("the store does not answer");
            answers.swap(m_answers);
        }
        for (const auto &answer : answers)
            answer();
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_wake;
    std::vector<std::function<void()>> m_answers;
    int m_answered = 0;
    bool m_isHeld = false;
};

/// A folder with a database, that is opened and closed.
class SqliteHome
{
public:
    explicit SqliteHome(QString folder)
        : m_options{std::move(folder)}
    {}

    Result<std::unique_ptr<store::SqliteInbox>, store::StoreError> tryOpen(Milliseconds ttl)
    {
        return store::SqliteInbox::open(m_options, clock, ttl);
    }
    InboxUnderTest open(Milliseconds ttl = std::chrono::hours(1)) { return open(clock, ttl); }
    InboxUnderTest open(const Clock &time, Milliseconds ttl)
    {
        auto opened = store::SqliteInbox::open(m_options, time, ttl);
        if (!opened)
            qFatal("%s", qPrintable(opened.error().line));
        std::unique_ptr<store::SqliteInbox> inbox = std::move(opened).value();
        inbox->answerThrough(answers.executor());
        health = inbox->health();
        return {std::move(inbox), [this] { answers.runNext(); }};
    }
    store::DatabaseOptions &options() { return m_options; }
    QString databasePath() const { return m_options.folder + QStringLiteral("/concierge.db"); }

    FakeClock clock;
    std::shared_ptr<const store::StoreHealth> health; ///< of the inbox that was opened last
    AnswerQueue answers;

private:
    store::DatabaseOptions m_options;
};

} // namespace concierge::test
