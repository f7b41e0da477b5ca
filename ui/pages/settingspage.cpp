// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/settingspage.h"

#include "pages/keepswitch.h"
#include "theme/icons.h"
#include "widgets/flowlayout.h"
#include "widgets/valueedit.h"

#include <QApplication>
#include <QButtonGroup>
#include <QCheckBox>
#include <QDesktopServices>
#include <QDir>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QMessageBox>
#include <QPushButton>
#include <QRadioButton>
#include <QUrl>
#include <QVBoxLayout>

namespace retryscope {
namespace {

constexpr int readableWidth = 780;

QWidget *flow(const QVector<QWidget *> &widgets, int gap = 8)
{
    auto *box = new QWidget;
    auto *layout = new FlowLayout(gap, box);
    for (QWidget *widget : widgets)
        layout->addWidget(widget);
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    policy.setHeightForWidth(true);
    box->setSizePolicy(policy);
    return box;
}

} // namespace

SettingsPage::SettingsPage(Theme &theme, IncidentNotices &notices, const IncidentRules &rules, QWidget *parent)
    : ReadablePage(
        tr("Settings"),
        tr("About this window and this desktop; they apply at once. How calls are made is set on the Tune page."),
        readableWidth, parent),
      m_theme(theme), m_notices(notices), m_places(nullptr), m_privacy(nullptr), m_modes(new QButtonGroup(this)), m_collapse(nullptr),
      m_place(nullptr), m_muted(nullptr), m_history(nullptr), m_unmute(nullptr)
{
    buildAppearance();
    buildNotices(rules);
    buildPlaces();
    buildPrivacy();
    buildAbout();
    endPage();
}

void SettingsPage::buildAppearance()
{
    auto *column = card(tr("Appearance"));
    struct Row { ThemeMode mode; const char *name; QString text, help; };
    const Row rows[] = {
        {ThemeMode::System, "themeSystem", tr("As the system"), tr("Follows the desktop's light or dark.")},
        {ThemeMode::Light, "themeLight", tr("Light"), {}},
        {ThemeMode::Dark, "themeDark", tr("Dark"), {}}};
    QVector<QWidget *> buttons;
    for (const Row &r : rows) {
        auto *button = new QRadioButton(r.text);
        button->setObjectName(QLatin1String(r.name));
        button->setToolTip(r.help);
        m_modes->addButton(button, int(r.mode));
        buttons.append(button);
    }
    column->addWidget(flow(buttons, 20));
    m_modes->button(int(m_theme.mode()))->setChecked(true);
    connect(m_modes, &QButtonGroup::idClicked, this, [this](int mode) { m_theme.setMode(ThemeMode(mode)); });
    connect(&m_theme, &Theme::changed, this, [this] { m_modes->button(int(m_theme.mode()))->setChecked(true); });
    m_collapse = new QCheckBox(tr("Show only glyphs in the sidebar"));
    m_collapse->setObjectName(QStringLiteral("collapseSidebar"));
    connect(m_collapse, &QCheckBox::clicked, this, &SettingsPage::sidebarCollapseRequested);
    column->addWidget(m_collapse);
    auto *keys = new QPushButton(tr("Keyboard shortcuts"));
    keys->setObjectName(QStringLiteral("showShortcuts"));
    connect(keys, &QPushButton::clicked, this, &SettingsPage::shortcutsRequested);
    column->addWidget(flow({keys}));
}

void SettingsPage::buildNotices(const IncidentRules &rules)
{
    auto *column = card(tr("Notices"));
    m_place = quiet({});
    m_place->setObjectName(QStringLiteral("settingsNoticePlace"));
    column->addWidget(m_place);
    column->addWidget(quiet(
        tr("One notice for each incident, when it begins and when it is over. It begins after %1 failed attempts, or "
           "when a provider is down or slow for %2; it is over after %3 answers in a row and %4 without a failure.")
            .arg(rules.openFailures)
            .arg(readableDuration(rules.openAfter))
            .arg(rules.closeSuccesses)
            .arg(readableDuration(rules.quiet))));
    QVector<QWidget *> buttons;
    struct Row { QString text; Duration length; const char *name; };
    for (const Row &r :
         {Row{tr("Mute for 30 minutes"), 30min, "settingsMute30"}, Row{tr("For 2 hours"), 2h, "settingsMute120"},
          Row{tr("Until resolved"), 0s, "settingsMuteResolved"}}) {
        auto *button = new QPushButton(r.text);
        button->setObjectName(QLatin1String(r.name));
        connect(button, &QPushButton::clicked, this, [this, length = r.length] { emit muteRequested(length); });
        buttons.append(button);
        m_mutes.append(button);
    }
    m_muted = new QLabel;
    m_muted->setObjectName(QStringLiteral("settingsMuted"));
    m_unmute = new QPushButton(tr("Unmute"));
    m_unmute->setObjectName(QStringLiteral("settingsUnmute"));
    connect(m_unmute, &QPushButton::clicked, &m_notices, &IncidentNotices::unmute);
    buttons.append(m_muted);
    buttons.append(m_unmute);
    column->addWidget(flow(buttons));
    connect(&m_notices, &IncidentNotices::muteChanged, this, &SettingsPage::refreshNotices);
    connect(&m_notices, &IncidentNotices::placeChanged, this, &SettingsPage::refreshNotices);
    refreshNotices();
}

void SettingsPage::refreshNotices()
{
    m_place->setText(m_notices.place());
    const bool muted = m_notices.isMuted();
    for (QPushButton *button : m_mutes)
        button->setVisible(!muted);
    m_muted->setText(m_notices.muteText());
    m_muted->setVisible(muted);
    m_unmute->setVisible(muted);
}

void SettingsPage::buildPlaces()
{
    m_places = card(tr("What is kept, and where"));
    m_history = quiet(tr("History opens"));
    m_history->setObjectName(QStringLiteral("settingsHistory"));
    m_places->addWidget(m_history);
}

void SettingsPage::setPlaces(const QVector<KnownPlace> &places)
{
    qDeleteAll(m_placeRows);
    m_placeRows.clear();
    for (const KnownPlace &place : places) {
        auto *box = new QWidget;
        auto *row = new QHBoxLayout(box);
        row->setContentsMargins(0, 0, 0, 0);
        row->setSpacing(Theme::gap);
        auto *words = new QVBoxLayout;
        words->setSpacing(1);
        words->addWidget(new QLabel(place.label));
        auto *path = quiet(QDir::toNativeSeparators(place.path));
        path->setFont(Theme::font(TextRole::Secondary));
        path->setMinimumWidth(80);
        words->addWidget(path);
        row->addLayout(words, 1);
        auto *open = new QPushButton(themedIcon(QStringLiteral("folder")), tr("Open folder"));
        open->setAccessibleName(tr("Open the folder of %1").arg(place.label));
        const QString folder = QFileInfo(place.path).absolutePath();
        open->setEnabled(QFileInfo(folder).isDir());
        open->setToolTip(open->isEnabled() ? folder : tr("Nothing has been kept there yet."));
        connect(open, &QPushButton::clicked, this,
                [folder] { QDesktopServices::openUrl(QUrl::fromLocalFile(folder)); });
        row->addWidget(open, 0, Qt::AlignTop);
        m_places->addWidget(box);
        m_placeRows.append(box);
    }
}

void SettingsPage::showHistory(const HistoryStatus &status)
{
    using enum HistoryStatus::State;
    const QString where = status.place.isEmpty() ? QString() : tr(" in %1").arg(status.place);
    QString text = status.state == Off ? tr("The history of calls is off: nothing about calls outlives this window.")
                   : status.state == Opening  ? tr("The history of calls opens%1.").arg(where)
                   : status.state == Degraded ? tr("The history of calls cannot be written%1; calls go on.").arg(where)
                                              : tr("The history of calls is kept%1.").arg(where);
    if (!status.sentence.isEmpty())
        text += QLatin1Char(' ') + status.sentence;
    if (status.state != Off || status.sentence.isEmpty()) // else something other than the configuration
        text += QLatin1Char(' ') + tr("The line \"history\" of the configuration chooses.");
    m_history->setText(text);
}

void SettingsPage::setSidebarCollapsed(bool collapsed) { m_collapse->setChecked(collapsed); }

void SettingsPage::buildPrivacy()
{
    m_privacy = card(tr("Privacy"),
                     tr("The history of calls keeps when a call was made, whom it asked, how it ended, how long it took, "
                        "tokens and cost; no prompts and no answers. Those of the Test page are kept only where that is "
                        "switched on. Keys are never written, shown or sent anywhere but to their own provider; the "
                        "configuration names only where they are. This program sends nothing about you or your calls to anybody else."));
}

void SettingsPage::setKeeper(AnswerKeeper &keeper)
{
    m_privacy->addWidget(new KeepSwitch(keeper, KeepSwitch::Room::Wide));
}

void SettingsPage::buildAbout()
{
    auto *column = card(tr("About"));
    auto *words = quiet(
        tr("Retryscope %1, on Qt %2 (built with %3).\nThe library and the command line are Apache-2.0; this window is "
           "GPL-3.0-or-later, because Qt Charts is. "
           "Icons are its own.")
            .arg(QStringLiteral(RETRYSCOPE_VERSION), QString::fromLatin1(qVersion()), QStringLiteral(QT_VERSION_STR)));
    words->setObjectName(QStringLiteral("settingsAbout"));
    column->addWidget(words);
    auto *qt = new QPushButton(tr("About Qt"));
    connect(qt, &QPushButton::clicked, qApp, &QApplication::aboutQt);
    column->addWidget(flow({qt}));
}

} // namespace retryscope
