// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "theme/stylesheet.h"

#include "theme/icons.h"
#include "theme/theme.h"

#include <QHash>

namespace retryscope {
namespace {

/// A name in braces stands for a token of the theme.
constexpr const char *sheet = R"(
QWidget#card, QFrame#card { background:{surface}; border:1px solid {border}; border-radius:{radius}px }
QMenuBar { background:{sidebar}; border-bottom:1px solid {border}; padding:2px 6px }
QMenuBar::item { background:transparent; padding:4px 9px; border-radius:6px }
QMenuBar::item:selected { background:{hover} }
QMenu { background:{surface}; border:1px solid {border}; padding:5px }
QMenu::item { padding:5px 26px 5px 12px; border-radius:5px }
QMenu::item:selected { background:{selected}; color:{text} }
QMenu::item:disabled { color:{disabled} }
QMenu::separator { height:1px; background:{border}; margin:5px 8px }
QMenu::right-arrow { image:url({icons}arrow-right-{mode}.svg); width:14px; height:14px; margin-right:6px }
QToolTip { background:{surface}; color:{text}; border:1px solid {border}; padding:5px 7px }
QStatusBar { background:{sidebar}; border-top:1px solid {border}; color:{muted} }
QStatusBar::item { border:0 }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons:0 }
QStatusBar QLabel { color:{muted}; padding:1px 6px }

QPushButton, retryscope--DashboardPage QToolButton, QToolButton[chip="true"] {
  background:{surface}; color:{text}; border:1px solid {border}; border-radius:7px; padding:5px 12px }
QPushButton:hover, retryscope--DashboardPage QToolButton:hover, QToolButton[chip="true"]:hover { background:{hover}; border-color:{strong} }
QPushButton:pressed, QPushButton:checked { background:{selected} }
QPushButton:disabled, retryscope--DashboardPage QToolButton:disabled { color:{disabled}; background:transparent }
QPushButton:focus, retryscope--DashboardPage QToolButton:focus { border:2px solid {accent}; padding:4px 11px }
QPushButton:default, QPushButton[primary="true"] { background:{accent}; color:{onAccent}; border-color:{accent}; font-weight:600 }
QPushButton:default:hover, QPushButton[primary="true"]:hover { background:{accentHover}; border-color:{accentHover} }
QPushButton:default:focus, QPushButton[primary="true"]:focus { border:2px solid {text} }
QPushButton:default:disabled, QPushButton[primary="true"]:disabled { background:{hover}; color:{disabled}; border-color:{border} }
QPushButton:flat { background:transparent; border-color:transparent; padding:5px 7px }
QPushButton:flat:hover { background:{hover} }
QPushButton:flat:focus { border-color:{accent}; padding:4px 6px }

QToolButton { border:1px solid transparent; border-radius:6px; padding:4px 8px }
QToolButton:hover { background:{hover} }
QToolButton:checked { background:{selected} }
QToolButton:focus { border:1px solid {accent} }
QToolButton:disabled { color:{disabled} }
QToolButton::menu-indicator { width:0 }
retryscope--DashboardPage QToolButton { padding:3px 9px }
retryscope--DashboardPage QToolButton:checked { background:{accent}; color:{onAccent}; border-color:{accent} }
retryscope--DashboardPage QToolButton:checked:focus { border-color:{text} }
retryscope--DashboardPage QToolButton:focus { padding:2px 8px }
retryscope--ProviderCard QToolButton { padding:2px 3px }
retryscope--ProviderCard QToolButton:focus { padding:1px 2px }
retryscope--DashboardPage QToolButton[flat="true"] { background:transparent; border-color:transparent }
retryscope--DashboardPage QToolButton[flat="true"]:hover { background:{hover} }
retryscope--DashboardPage QToolButton[flat="true"]:checked { background:{accent}; color:{onAccent} }
retryscope--DashboardPage QToolButton[flat="true"]:focus { border-color:{accent} }
retryscope--DashboardPage QToolButton#droppedChip { color:{degraded}; border-color:{degraded} }
QToolButton[chip="true"] { border-radius:11px; padding:3px 9px; border-color:{strong} }
QToolButton[chip="true"]:focus { border-color:{accent} }

QLineEdit, QPlainTextEdit, QTextEdit, QListWidget, QComboBox, QAbstractSpinBox {
  background:{surface}; color:{text}; border:1px solid {strong}; border-radius:6px; padding:3px 6px;
  selection-background-color:{accent}; selection-color:{onAccent} }
QComboBox, QAbstractSpinBox { padding:3px 8px; min-height:18px }
QLineEdit:hover, QPlainTextEdit:hover, QComboBox:hover, QAbstractSpinBox:hover { border-color:{muted} }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QListWidget:focus, QComboBox:focus, QAbstractSpinBox:focus {
  border:2px solid {accent}; padding:2px 5px }
QTextEdit[bare="true"], QPlainTextEdit[bare="true"] { border:1px solid transparent; padding:2px 0 }
QTextEdit[bare="true"]:focus, QPlainTextEdit[bare="true"]:focus { border:1px solid {accent}; padding:2px 0 }
QListWidget::item { padding:4px 2px }
QComboBox:focus, QAbstractSpinBox:focus { padding:2px 7px }
QLineEdit:disabled, QPlainTextEdit:disabled, QComboBox:disabled, QAbstractSpinBox:disabled { color:{disabled}; border-color:{border} }
QLineEdit:read-only, QPlainTextEdit:read-only { border-color:{border} }
QComboBox::drop-down { border:0; width:22px }
QComboBox::down-arrow { image:url({icons}arrow-down-{mode}.svg); width:14px; height:14px }
QComboBox QAbstractItemView { background:{surface}; border:1px solid {border}; padding:4px; selection-background-color:{selected}; selection-color:{text} }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { border:0; width:18px; subcontrol-origin:border }
QAbstractSpinBox::up-button { subcontrol-position:top right }
QAbstractSpinBox::down-button { subcontrol-position:bottom right }
QAbstractSpinBox::up-arrow { image:url({icons}arrow-up-{mode}.svg); width:12px; height:12px }
QAbstractSpinBox::down-arrow { image:url({icons}arrow-down-{mode}.svg); width:12px; height:12px }
QCheckBox, QRadioButton { spacing:8px }
QCheckBox::indicator, QRadioButton::indicator, QAbstractItemView::indicator { width:14px; height:14px; border:1px solid {strong}; background:{surface} }
QCheckBox::indicator, QAbstractItemView::indicator { border-radius:4px }
QRadioButton::indicator { border-radius:8px }
QCheckBox::indicator:checked, QAbstractItemView::indicator:checked { background:{accent}; border-color:{accent}; image:url({icons}tick-{mode}.svg) }
QRadioButton::indicator:checked { border:5px solid {accent}; width:6px; height:6px; background:{onAccent} }
QCheckBox:focus, QRadioButton:focus { color:{accent} }
QCheckBox::indicator:focus, QRadioButton::indicator:focus { border-color:{accent} }
QCheckBox:disabled, QRadioButton:disabled { color:{disabled} }
QGroupBox { background:{surface}; border:1px solid {border}; border-radius:{radius}px; margin-top:26px; padding:10px 12px 12px 12px }
QGroupBox::title { subcontrol-origin:margin; subcontrol-position:top left; left:2px; padding:4px 0; color:{text} }

QTableView, QTreeView, QListView { background:{surface}; alternate-background-color:{surface}; border:0; selection-background-color:{selected}; selection-color:{text} }
QTableView::item, QTreeView::item { border:0; padding:0 5px }
QTableView { outline:0 }
QTableView:focus, QTreeView:focus { border:1px solid {accent} }
QHeaderView { background:{surface} }
QHeaderView::section { background:{surface}; color:{muted}; border:0; border-bottom:1px solid {border}; padding:5px 8px; font-weight:normal }
QTabBar::tab { padding:6px 12px; border:0; border-bottom:2px solid transparent; color:{muted} }
QTabBar::tab:selected { color:{accent}; border-bottom-color:{accent} }
QTabBar::tab:focus { color:{text} }
QTabBar::scroller { width:22px }
QTabBar QToolButton { padding:0; border:0; background:{surface} }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons:0 }
QTabWidget::pane { border:0; border-top:1px solid {border} }
QProgressBar { border:0; border-radius:3px; background:{alternate}; max-height:6px }
QProgressBar::chunk { background:{accent}; border-radius:3px }

QSplitter::handle { background:{border} }
QSplitter::handle:hover { background:{accent} }
QSplitter::handle:horizontal { width:1px }
QSplitter::handle:vertical { height:1px }
QSplitter[cards="true"]::handle { background:transparent }
QSplitter[cards="true"]::handle:hover { background:{hover} }
QSplitter[cards="true"]::handle:horizontal { width:{gap}px }
QSplitter[cards="true"]::handle:vertical { height:{gap}px }
QScrollBar { background:transparent; border:0; margin:0 }
QScrollBar:vertical { width:11px }
QScrollBar:horizontal { height:11px }
QScrollBar::handle { background:{scroll}; border-radius:3px; margin:2px }
QScrollBar::handle:hover { background:{strong} }
QScrollBar::handle:vertical { min-height:28px; margin:2px 3px }
QScrollBar::handle:horizontal { min-width:28px; margin:3px 2px }
QScrollBar::add-line, QScrollBar::sub-line { width:0; height:0 }
QScrollBar::add-page, QScrollBar::sub-page { background:transparent }

QFrame#sidebar { background:{sidebar}; border:0; border-right:1px solid {border} }
QFrame#noticeCard { background:{surface}; border:1px solid {strong}; border-radius:{radius}px }
QFrame#noticeCard:focus { border:2px solid {accent} }
QLabel#noticeLine:focus { border:1px solid {accent}; border-radius:6px }
QFrame#commandPalette { background:{surface}; border:1px solid {strong}; border-radius:{radius}px }
QFrame#commandPalette QLineEdit, QFrame#commandPalette QLineEdit:focus { border:0; border-bottom:1px solid {border}; border-radius:0; padding:10px 6px; background:transparent }
QFrame#commandPalette QListView { background:transparent }
QFrame#rule { background:{border}; border:0; max-height:1px; min-height:1px }
QLabel[muted="true"] { color:{muted} }
QLabel#noticeMore { background:{surface}; border:1px solid {strong}; border-radius:8px; padding:1px 7px }
QLabel#simulatedMark { color:{muted}; border:1px solid {border}; border-radius:9px; padding:2px 8px }
)";

QColor mix(const QColor &a, const QColor &b, double share)
{
    return QColor::fromRgbF(float(a.redF() + (b.redF() - a.redF()) * share),
                            float(a.greenF() + (b.greenF() - a.greenF()) * share),
                            float(a.blueF() + (b.blueF() - a.blueF()) * share));
}

} // namespace

QString styleSheet(const Theme &theme)
{
    (void)themedIcon({}); // the arrows lie in the same resources
    const std::pair<const char *, QString> tokens[] = {
        {"surface", theme.surface().name()},
        {"sidebar", theme.sidebar().name()},
        {"border", theme.border().name()},
        {"strong", theme.strongBorder().name()},
        {"text", theme.text().name()},
        {"muted", theme.muted().name()},
        {"disabled", theme.disabled().name()},
        {"accent", theme.accent().name()},
        {"onAccent", theme.onAccent().name()},
        {"accentHover", mix(theme.accent(), theme.text(), 0.15).name()},
        {"hover", theme.hover().name()},
        {"selected", theme.selected().name()},
        {"alternate", theme.alternate().name()},
        {"scroll", mix(theme.border(), theme.strongBorder(), 0.45).name()},
        {"degraded", theme.stateText(ProviderState::Slow).name()},
        {"gap", QString::number(Theme::gap)},
        {"radius", QString::number(Theme::radius)},
        {"mode", theme.isDark() ? QStringLiteral("dark") : QStringLiteral("light")},
        {"icons", QStringLiteral(":/retryscope/icons/")},
    };
    QString css = QString::fromLatin1(sheet);
    for (const auto &[name, value] : tokens)
        css.replace(QStringLiteral("{%1}").arg(QLatin1String(name)), value);
    return css;
}

} // namespace retryscope
