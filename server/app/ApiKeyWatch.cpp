#include "app/ApiKeyWatch.h"

#include "shared/Clock.h"

#include <QLoggingCategory>

#include <algorithm>
#include <utility>

namespace concierge::app {

Q_LOGGING_CATEGORY(lcApiKeys, "concierge.api.keys")

namespace {

constexpr Milliseconds interval{2'000}; // as KeyWatch

void tell(const QByteArrayList &keys)
{
    qCInfo(lcApiKeys) << "API keys:" << keys.size();
    if (std::any_of(keys.begin(), keys.end(),
                    [](const QByteArray &key) { return key.size() < auth::apiKeyGoodLength; }))
        qCWarning(lcApiKeys)
            << "an API key is shorter than 32 characters: who has a request that it signed can find"
               " it out by trying; make one with: openssl rand -hex 32";
}

} // namespace

ApiKeyWatch::ApiKeyWatch(auth::ApiKeySettings settings, std::function<void(const QByteArrayList &)> changed)
    : m_source(std::move(settings))
    , m_changed(std::move(changed))
{
    m_timer.setInterval(interval);
    QObject::connect(&m_timer, &QTimer::timeout, this, &ApiKeyWatch::reload);
}

std::optional<QString> ApiKeyWatch::start()
{
    auto loaded = m_source.load();
    if (!loaded)
        return loaded.error().text;
    m_keys = std::move(loaded).value();
    tell(m_keys);
    if (m_source.hasFile())
        m_timer.start();
    return std::nullopt;
}

void ApiKeyWatch::reload()
{
    auto loaded = m_source.reload();
    if (!loaded)
        return;
    if (!*loaded) {
        qCCritical(lcApiKeys).noquote()
            << "API keys are not renewed, and those there were stay:" << loaded->error().text;
        return;
    }
    m_keys = std::move(*loaded).value();
    tell(m_keys);
    m_changed(m_keys);
}

} // namespace concierge::app
