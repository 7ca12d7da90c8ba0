#include "monitoring/AlertRule.h"

/// Alerts of API_URL, the platform's own back end.
namespace concierge::monitoring {

using std::chrono::minutes;
using std::chrono::seconds;
using Verdict = Finding::Verdict;

namespace {

class ApiFailing final : public AlertRule
{
public:
    ApiFailing()
        : AlertRule(seconds(0), seconds(5))
    {}
    Finding look(const MonitorSnapshot &snapshot, qint64) override
    {
        const WebhookFigures &webhook = snapshot.webhook;
        if (!webhook.isOn || !webhook.failingMs)
            return {Verdict::Quiet, {}};
        const Milliseconds failing(*webhook.failingMs);
        const QString text =
            QStringLiteral("The platform's own server has not taken any messages for %1, so %2 wait "
                           "for it here: %3.")
                .arg(spanText(failing))
                .arg(webhook.pending)
                .arg(webhook.problem);
        return {failing >= minutes(1) ? Verdict::Loud : Verdict::Between,
                {QStringLiteral("api_failing"),
                 QStringLiteral("critical"),
                 0,
                 text,
                 QStringLiteral(
                     "Look whether that server runs, and whether API_URL and API_KEY are right; people "
                     "chat on meanwhile, nothing is lost, and it goes on by itself."),
                 {{QStringLiteral("failingMs"), static_cast<double>(failing.count())},
                  {QStringLiteral("pending"), static_cast<double>(webhook.pending)}}}};
    }
};

/// Before messages have to be refused.
class ApiOutboxFull final : public AlertRule
{
public:
    ApiOutboxFull()
        : AlertRule(seconds(2), seconds(10))
    {}
    Finding look(const MonitorSnapshot &snapshot, qint64) override
    {
        const WebhookFigures &webhook = snapshot.webhook;
        const double share = webhook.maxBytes > 0 ? double(webhook.bytes) / double(webhook.maxBytes) : 0;
        constexpr double loud = 0.8;
        constexpr double quiet = 0.7;
        const bool isFull = share >= 1;
        const QString figures =
            QStringLiteral("%1 of %2").arg(bytesText(webhook.bytes), bytesText(webhook.maxBytes));
        return {share >= loud   ? Verdict::Loud
                : share < quiet ? Verdict::Quiet
                                : Verdict::Between,
                {QStringLiteral("api_outbox_full"),
                 isFull ? QStringLiteral("critical") : QStringLiteral("warning"),
                 0,
                 isFull ? QStringLiteral(
                              "No message can be sent: so many wait for the platform's own server that "
                              "there is no room for more (%1).")
                              .arg(figures)
                        : QStringLiteral(
                              "Room for messages that wait for the platform's own server runs out: %1 are "
                              "taken, and when all is, no message can be sent.")
                              .arg(figures),
                 QStringLiteral(
                     "Get that server to work again, or raise API_OUTBOX_MAX_BYTES if the disk has room."),
                 {{QStringLiteral("bytes"), static_cast<double>(webhook.bytes)},
                  {QStringLiteral("maxBytes"), static_cast<double>(webhook.maxBytes)},
                  {isFull ? QStringLiteral("isFull") : QStringLiteral("isFilling"), 1}}}};
    }
};

class ApiRefused final : public AlertRule
{
public:
    ApiRefused()
        : AlertRule(seconds(0), seconds(2))
    {}
    Finding look(const MonitorSnapshot &snapshot, qint64) override
    {
        const qint64 count = snapshot.webhook.setAside;
        return {count > 0 ? Verdict::Loud : Verdict::Quiet,
                {QStringLiteral("api_refused"),
                 QStringLiteral("warning"),
                 0,
                 count == 1
                     ? QStringLiteral("The platform's own server refuses a message, which is kept aside; the "
                                      "others go on.")
                     : QStringLiteral("The platform's own server refuses %1 messages, which are kept aside; "
                                      "the others go on.")
                           .arg(count),
                 QStringLiteral("GET /api/outbox says which and why; when that server is mended, POST "
                                "/api/outbox/retry sends them again."),
                 {{QStringLiteral("setAside"), static_cast<double>(count)}}}};
    }
};

} // namespace

std::vector<std::unique_ptr<AlertRule>> makeWebhookRules()
{
    std::vector<std::unique_ptr<AlertRule>> rules;
    rules.push_back(std::make_unique<ApiFailing>());
    rules.push_back(std::make_unique<ApiOutboxFull>());
    rules.push_back(std::make_unique<ApiRefused>());
    return rules;
}

} // namespace concierge::monitoring
