"""The words of the printed report, Chinese and English side by side."""

from __future__ import annotations

from collections.abc import Mapping

Pair = tuple[str, str]

TITLES: Mapping[str, Pair] = {
    "title": ("电池健康报告", "Battery health report"),
    "vehicle": ("车辆", "Vehicle"),
    "health": ("健康度", "Health"),
    "curve": ("历史与预测", "History and forecast"),
    "curve_note": ("横轴：距今年数；色带：90%区间；虚线：预测；红线：质保阈值",
                   "Years from now; band: 90 % interval; dashed: forecast; red: warranty line"),
    "charging": ("充电与使用", "Charging and use"),
    "range": ("续航（满电）", "Range from full"),
    "anomalies": ("异常", "Anomalies"),
    "warranty": ("电池质保", "Battery warranty"),
    "cells": ("电芯", "Cells"),
    "cohort": ("同类车辆", "Cars of its kind"),
    "none": ("未发现", "None found"),
    "not_known": ("未知", "Not known"),
    "silent": ("暂无数值", "No number yet"),
    "definitions": ("定义", "Definitions"),
    "validity": ("有效性与核验", "Validity and verification"),
    "scan": ("扫码核验：页面显示已签名的数值，请与本报告比对",
             "Scan to verify: the page shows the signed values, compare them with this report"),
}  # fmt: skip
QUANTITIES: Mapping[str, Pair] = {
    "capacity_soh": ("容量健康度", "Capacity health"),
    "energy_soh": ("能量健康度", "Energy health"),
    "bms_soh": ("车辆自报健康度", "Health the car reports"),
    "onboard_soce": ("车载SOCE", "On-board SOCE"),
    "resistance": ("电池包内阻", "Pack resistance"),
    "capacity_ah": ("实测容量", "Measured capacity"),
    "energy_kwh": ("实测能量", "Measured energy"),
}
FIELDS: Mapping[str, Pair] = {
    "vin_masked": ("车架号", "VIN"),
    "model": ("车型", "Model"),
    "in_service": ("上路日期", "In service since"),
    "odometer_km": ("里程", "Odometer"),
    "chemistry": ("电池化学体系", "Chemistry"),
    "rated": ("额定容量 / 能量", "Rated capacity / energy"),
    "report_id": ("报告编号", "Report"),
    "issued_at": ("出具时间", "Issued"),
    "data_until": ("数据截止", "Data until"),
    "valid_until": ("有效期至", "Valid until"),
    "model_version": ("模型版本", "Model version"),
    "inputs_digest": ("输入数据摘要", "Digest of inputs"),
    "key_id": ("签名密钥", "Signing key"),
}
HABITS: Mapping[str, tuple[Pair, str, float, str]] = {
    "observed_days": (("观测天数", "Days observed"), "", 1, ".0f"),
    "charges": (("充电次数", "Charges"), "", 1, ".0f"),
    "dc_share": (("直流快充占比", "Fast charging"), " %", 100, ".0f"),
    "soc_from_pct": (("充电起始电量（中位）", "Charge begins at (median)"), " %", 1, ".0f"),
    "soc_to_pct": (("充电结束电量（中位）", "Charge ends at (median)"), " %", 1, ".0f"),
    "share_above_90": (("电量高于90%的时间", "Time above 90 %"), " %", 100, ".0f"),
    "temperature_mean_c": (("电池平均温度", "Mean pack temperature"), " °C", 1, ".0f"),
    "share_above_35c": (("高于35°C的时间", "Time above 35 °C"), " %", 100, ".0f"),
    "km_per_year": (("年行驶里程", "Distance a year"), " km", 1, ",.0f"),
    "consumption_kwh_100km": (("百公里电耗", "Consumption per 100 km"), " kWh", 1, ".1f"),
}
SEVERITIES: Mapping[str, Pair] = {
    "info": ("提示", "info"),
    "yellow": ("黄色", "yellow"),
    "orange": ("橙色", "orange"),
    "red": ("红色", "red"),
}
