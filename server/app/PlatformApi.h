#pragma once

#include "app/ApiRequest.h"
#include "app/ClientReach.h"
#include "app/Config.h"
#include "app/MainTasks.h"
#include "engineio/Admission.h"
#include "shared/Clock.h"
#include "transport/Http.h"

#include <QByteArrayList>

#include <functional>
#include <memory>
#include <unordered_map>

namespace concierge::app {

/// What the API needs of the server.
struct PlatformSources
{
    std::vector<ClientReach::Worker> workers;
    std::function<void(std::function<void(chat::ChatService &)>)> tellChat; ///< ChatHost::tell()
    std::function<bool()> acceptsEvents;                                    ///< the chat is not behind
    std::function<bool()> isDraining;
    std::function<QByteArrayList()> keys; ///< empty: there is no API
    /// The outbox of API_URL; empty functions: API_URL is not set.
    std::function<void(std::function<void(QByteArray json)>)> outboxState;
    std::function<qint64()> retryOutbox; ///< how many messages are posted again
    std::function<qint64()> discardOutbox;
};

/// /api on the health port: what the platform's back end asks, with its key. Source: resources/openapi.json.
/// Errors are `{"error":{"code","message"}}`. Bounds: requests a second and address; `maxOpenBytes` of bodies
/// that wait for the chat. Outlives the io threads and the chat. Thread: main.
class PlatformApi
{
public:
    static constexpr qint64 maxOpenBytes = 64'000'000;

    /// `clock` outlives this object.
    PlatformApi(const Config &config, PlatformSources sources, const Clock &clock);
    ~PlatformApi();

    static bool isFor(const transport::HttpRequest &request);
    /// What can be said before the body is read. Nothing: it may come.
    std::optional<transport::HttpResponse> refusalOf(const transport::HttpRequest &head);
    void handle(std::unique_ptr<transport::HttpExchange> exchange);

private:
    /// A request that waits for its answer, by a number: who answers may come too late.
    using Ticket = quint64;

    std::optional<api::Error> whyNot(const transport::HttpRequest &head);
    void publish(Ticket ticket, const QByteArray &body);
    void publishMessage(Ticket ticket, chat::Publish message);
    void emitEvent(Ticket ticket, const api::Emit &emit);
    void presence(Ticket ticket, const transport::HttpRequest &request);
    void disconnect(Ticket ticket, const QByteArray &body);
    void outbox(Ticket ticket, const QByteArray &path);
    void answer(Ticket ticket, QByteArray json, int status = 200);
    void refuse(Ticket ticket, const api::Error &error);
    void finish(Ticket ticket, transport::HttpResponse response);

    const Config &m_config;
    const PlatformSources m_sources;
    const Clock &m_clock;
    engineio::Admission m_rate;
    MainTasks m_main;
    ClientReach m_reach;
    std::unordered_map<Ticket, std::unique_ptr<transport::HttpExchange>> m_open;
    qint64 m_openBytes = 0;
    Ticket m_last = 0;
};

} // namespace concierge::app
