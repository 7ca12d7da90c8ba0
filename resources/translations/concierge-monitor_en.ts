<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en">
<context>
    <name>ChartTip</name>
    <message numerus="yes">
        <source>and %Ln more</source>
        <translation>
            <numerusform>and %Ln more</numerusform>
            <numerusform>and %Ln more</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Format</name>
    <message numerus="yes">
        <source>%Ln day(s)</source>
        <translation>
            <numerusform>%Ln day</numerusform>
            <numerusform>%Ln days</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>PlainLog</name>
    <message numerus="yes">
        <source>The server is stopping; %Ln connection(s) are being closed.</source>
        <translation>
            <numerusform>The server is stopping; %Ln connection is being closed.</numerusform>
            <numerusform>The server is stopping; %Ln connections are being closed.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Waiting for %Ln connection(s) to fetch their last messages.</source>
        <translation>
            <numerusform>Waiting for %Ln connection to fetch its last messages.</numerusform>
            <numerusform>Waiting for %Ln connections to fetch their last messages.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln connection(s) did not fetch their last messages in time; these wait until their people come back.</source>
        <translation>
            <numerusform>%Ln connection did not fetch its last messages in time; these wait until its person comes back.</numerusform>
            <numerusform>%Ln connections did not fetch their last messages in time; these wait until their people come back.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Situation</name>
    <message numerus="yes">
        <source>%Ln connection(s) left; it ends in %1 at the latest.</source>
        <translation>
            <numerusform>%Ln connection left; it ends in %1 at the latest.</numerusform>
            <numerusform>%Ln connections left; it ends in %1 at the latest.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln connection(s) left.</source>
        <translation>
            <numerusform>%Ln connection left.</numerusform>
            <numerusform>%Ln connections left.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>There are %Ln alert(s) in all.</source>
        <translation>
            <numerusform>There is %Ln alert in all.</numerusform>
            <numerusform>There are %Ln alerts in all.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln message(s) wait for people who are offline</source>
        <translation>
            <numerusform>%Ln message waits for somebody who is offline</numerusform>
            <numerusform>%Ln messages wait for people who are offline</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Everything else is working. They are delivered when these people come back.</source>
        <translation>
            <numerusform>Everything else is working. It is delivered when this person comes back.</numerusform>
            <numerusform>Everything else is working. They are delivered when these people come back.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>concierge::monitor::LogModel</name>
    <message numerus="yes">
        <source>%Ln line(s) left out</source>
        <translation>
            <numerusform>%Ln line left out</numerusform>
            <numerusform>%Ln lines left out</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>concierge::monitor::LogPage</name>
    <message numerus="yes">
        <source>%Ln new line(s)</source>
        <translation>
            <numerusform>%Ln new line</numerusform>
            <numerusform>%Ln new lines</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>concierge::monitor::PeoplePage</name>
    <message numerus="yes">
        <source>%Ln connection(s)</source>
        <translation>
            <numerusform>%Ln connection</numerusform>
            <numerusform>%Ln connections</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln connection(s) ended.</source>
        <translation>
            <numerusform>%Ln connection ended.</numerusform>
            <numerusform>%Ln connections ended.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>concierge::monitor::ServicePage</name>
    <message numerus="yes">
        <source>%Ln client(s) were told.</source>
        <translation>
            <numerusform>%Ln client was told.</numerusform>
            <numerusform>%Ln clients were told.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>concierge::monitor::Tiles</name>
    <message numerus="yes">
        <source>%Ln connection(s)</source>
        <translation>
            <numerusform>%Ln connection</numerusform>
            <numerusform>%Ln connections</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>for %Ln people; the oldest for %1</source>
        <translation>
            <numerusform>for one person; the oldest for %1</numerusform>
            <numerusform>for %Ln people; the oldest for %1</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>for %Ln people</source>
        <translation>
            <numerusform>for one person</numerusform>
            <numerusform>for %Ln people</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>connection(s)</source>
        <translation>
            <numerusform>connection</numerusform>
            <numerusform>connections</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>connection(s) since the start</source>
        <translation>
            <numerusform>connection since the start</numerusform>
            <numerusform>connections since the start</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>connection(s); since the start %1 (%2)</source>
        <translation>
            <numerusform>connection; since the start %1 (%2)</numerusform>
            <numerusform>connections; since the start %1 (%2)</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>concierge::monitor::WaitingPage</name>
    <message numerus="yes">
        <source>Messages wait for %Ln people</source>
        <translation>
            <numerusform>Messages wait for one person</numerusform>
            <numerusform>Messages wait for %Ln people</numerusform>
        </translation>
    </message>
</context>
</TS>
