#pragma once

#include "SqliteFixture.h"
#include "store/WebhookOutbox.h"

namespace concierge::test {

/// An inbox on disk with an outbox, and the chat's thread as SqliteFixture has it.
class OutboxHome
{
public:
    explicit OutboxHome(const QString &folder)
        : home(folder)
    {
        open();
    }
    ~OutboxHome() { close(); }
    void open()
    {
        auto opened = home.tryOpen(std::chrono::hours(1));
        if (!opened)
            qFatal("%s", qPrintable(opened.error().line));
        inbox = std::move(opened).value();
        inbox->answerThrough(home.answers.executor());
        outbox = std::make_unique<store::WebhookOutbox>(*inbox, maxBytes);
    }
    void close()
    {
        inbox.reset(); // its thread calls the outbox
        outbox.reset();
    }
    void reopen()
    {
        close();
        open();
    }
    void write(const QByteArray &id, qsizetype size = 0)
    {
        ++m_open;
        outbox->write({{UserId("bob")}, messageOf(id, size), false}, [this, id](bool isStored) {
            --m_open;
            answers.append((isStored ? "stored " : "failed ") + id);
        });
    }
    /// Until all writes are answered.
    void settle()
    {
        while (m_open > 0)
            home.answers.runNext();
    }
    void restoreAside()
    {
        ++m_open;
        outbox->restoreAside([this] { --m_open; });
    }
    void dropAside()
    {
        ++m_open;
        outbox->dropAside([this] { --m_open; });
    }
    /// Everything asked before is on the disk.
    void flush()
    {
        write("flush");
        settle();
    }
    std::vector<store::Outgoing> read(qint64 after = 0, int most = 1'000'000, qint64 bytes = 1'000'000'000)
    {
        store::OutboxReader reader(home.databasePath());
        std::vector<store::Outgoing> found;
        if (!reader.open() || !reader.readBehind(after, most, bytes, found))
            qFatal("%s", qPrintable(reader.problem()));
        return found;
    }
    QByteArray ids()
    {
        QByteArrayList list;
        for (const store::Outgoing &message : read())
            list.append(message.entry.message->id.utf8());
        return list.join(',');
    }

    SqliteHome home;
    qint64 maxBytes = 1'000'000;
    std::unique_ptr<store::SqliteInbox> inbox;
    std::unique_ptr<store::WebhookOutbox> outbox;
    QByteArrayList answers;

private:
    int m_open = 0;
};

} // namespace concierge::test
