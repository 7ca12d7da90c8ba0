#pragma once

namespace concierge::app {

/// From here on console events are nobody's wish: a service gets those of whoever logs off. Thread: main,
/// before the SignalHandler.
void ignoreConsole();
/// The service manager's wish, as SignalHandler::stopRequested. Thread: any.
void requestStop();

} // namespace concierge::app
