/// The monitor's feed, both ways: a stream in the fuzzer's chunks has the same lines as in one piece; a line
/// to the server is a command that is answered once, by a line; a line to the monitor is read, and written
/// again.

#include "FuzzSupport.h"

#include "monitoring/MonitorCommands.h"
#include "shared/Feed.h"

#include <QList>

using namespace concierge;
using namespace concierge::monitoring;

namespace {

constexpr qsizetype lineMax = 2'000;

/// Answers at once; what it is asked is within the limits that it is promised.
class Host final : public MonitorHost
{
public:
    MonitorSnapshot snapshot() override { return {}; }
    feed::Hello hello() override { return {}; }
    void listClients(const feed::ListRequest &request, Reply<feed::ClientPage> reply) override
    {
        check(request);
        reply(feed::ClientPage());
    }
    void listWaiting(const feed::ListRequest &request, Reply<feed::WaitingPage> reply) override
    {
        check(request);
        reply(feed::ReplyError{QStringLiteral("busy"), request.filter});
    }
    feed::History history(const QString &range) override
    {
        FUZZ_CHECK(feed::historyRanges().contains(range));
        return {};
    }
    void disconnectClient(const QByteArray &sid, Reply<Nothing> reply) override
    {
        FUZZ_CHECK(!sid.isEmpty());
        reply(Nothing());
    }
    void notifyAll(const QString &text, Reply<qint64> reply) override
    {
        FUZZ_CHECK(!text.trimmed().isEmpty() && text.size() <= maxTextLength());
        reply(1);
    }
    qsizetype maxTextLength() const override { return 20; }
    bool setLogLevel(const QString &name) override { return name == QLatin1String("warn"); }
    void drain() override {}
    void backup(const QString &path, Reply<qint64> reply) override
    {
        FUZZ_CHECK(path.startsWith(u'/') && !path.contains(u'\n'));
        reply(1);
    }

private:
    static void check(const feed::ListRequest &request)
    {
        FUZZ_CHECK(request.offset >= 0 && request.limit >= 1 && request.limit <= feed::maxRows);
    }
};

void checkLine(const QByteArray &line)
{
    FUZZ_CHECK(line.indexOf('\n') == line.size() - 1);
    FUZZ_CHECK(feed::parseLine(line.chopped(1)));
}

void runCommand(const QJsonObject &request)
{
    static Host host;
    MonitorCommands commands(host);
    const QString type = request.value(QLatin1String("type")).toString();
    const QJsonValue id = request.value(QLatin1String("id"));
    int answers = 0;
    commands.run(type, request, [&](const Result<QJsonObject, feed::ReplyError> &answer) {
        ++answers;
        checkLine(answer ? feed::replyLine(id, *answer) : feed::errorReplyLine(id, answer.error()));
        FUZZ_CHECK(answer || MonitorCommands::isKnown(type) ||
                   answer.error().code == QLatin1String("unknown_type"));
    });
    FUZZ_CHECK(answers == 1);
    FUZZ_CHECK(!MonitorCommands::isChange(type) || MonitorCommands::isKnown(type));
    FUZZ_CHECK(MonitorCommands::describe(request).size() < 3'000);
}

template <class T>
void readAs(const QJsonObject &object)
{
    T value;
    if (const auto error = fields::fromJson(QJsonValue(object), value)) {
        FUZZ_CHECK(!error->text.isEmpty());
        return;
    }
    const QByteArray line = feed::line(QLatin1String("any"), fields::toJson(value));
    checkLine(line);
    T again;
    FUZZ_CHECK(!fields::fromJson(QJsonValue(*feed::parseLine(line.chopped(1))), again));
    FUZZ_CHECK(again == value);
}

void readAsItsType(const QJsonObject &object)
{
    const QString type = object.value(QLatin1String("type")).toString();
    if (type == QLatin1String("snapshot")) {
        readAs<MonitorSnapshot>(object);
    } else if (type == QLatin1String("hello")) {
        readAs<feed::Hello>(object);
    } else if (type == QLatin1String("alert")) {
        readAs<feed::AlertChange>(object);
    } else if (type == QLatin1String("log")) {
        readAs<feed::LogRecord>(object);
    } else if (type == QLatin1String("subscribe")) {
        readAs<feed::Subscribe>(object);
    } else if (type == QLatin1String("reply")) {
        readAs<feed::ClientPage>(object);
        readAs<feed::WaitingPage>(object);
        readAs<feed::History>(object);
    } else {
        readAs<feed::ListRequest>(object);
    }
}

void take(feed::LineBuffer &buffer, QByteArrayView bytes, QList<QByteArray> &lines)
{
    buffer.append(bytes);
    while (auto line = buffer.next()) {
        FUZZ_CHECK(line->size() <= lineMax && !line->contains('\n'));
        lines.append(*std::move(line));
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    QByteArray whole;
    QList<QByteArray> inChunks;
    feed::LineBuffer first(lineMax);
    for (fuzz::Chunks chunks(data, size); !chunks.atEnd();) {
        const QByteArray bytes = chunks.next().bytes.toByteArray();
        whole += bytes;
        take(first, bytes, inChunks);
    }
    QList<QByteArray> atOnce;
    feed::LineBuffer second(lineMax);
    take(second, whole, atOnce);
    FUZZ_CHECK(atOnce == inChunks && first.isTooLong() == second.isTooLong());
    for (const QByteArray &line : atOnce) {
        const auto object = feed::parseLine(line);
        if (!object) {
            checkLine(feed::errorLine({QStringLiteral("bad_line"), object.error().text}));
            continue;
        }
        runCommand(*object);
        readAsItsType(*object);
    }
    return 0;
}
