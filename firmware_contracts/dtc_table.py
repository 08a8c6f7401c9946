"""The codes we have words for: codes | severity letter | zh | en | causes zh | causes en.

Severity: R stop now, A drive gently and serve within days, Y book a service, I for information.
A later line wins where two name the same code.
"""
# ruff: noqa: E501

from __future__ import annotations

ROWS = """
P0010-P0014 P0021|Y|可变气门正时异常|Variable valve timing off target|机油脏或不足、机油控制电磁阀、相位器|dirty or low oil, control solenoid, phaser
P0016-P0019|A|曲轴与凸轮轴位置不匹配|Crankshaft and camshaft out of step|正时链条拉长、皮带跳齿|stretched chain, slipped belt
P0087|A|燃油压力过低|Fuel rail pressure too low|油泵、滤清器、调压器|pump, filter, regulator
P0088|A|燃油压力过高|Fuel rail pressure too high|调压器、回油管|regulator, return line
P0191|A|燃油压力传感器异常|Fuel rail pressure sensor implausible|传感器、线束|sensor, wiring
P0100-P0103|Y|空气流量计异常|Air flow sensor fault|传感器脏污、漏气、线束|dirt, air leak, wiring
P0106-P0108|Y|进气压力传感器异常|Manifold pressure sensor fault|传感器、软管、线束|sensor, hose, wiring
P0111-P0113|Y|进气温度传感器异常|Intake temperature sensor fault|传感器、线束|sensor, wiring
P0115-P0119|Y|冷却液温度传感器异常|Coolant temperature sensor fault|传感器、线束|sensor, wiring
P0128|Y|冷却液温度上升过慢|Coolant warms up too slowly|节温器常开、冷却液不足|thermostat stuck open, low coolant
P0121-P0123 P0221-P0223 P2135 P2138|A|节气门或踏板传感器异常，动力可能受限|Throttle or pedal sensor fault, power may be limited|传感器、节气门体、线束|sensor, throttle body, wiring
P0130-P0141 P0150-P0161|Y|氧传感器或其加热器异常|Oxygen sensor or its heater fault|传感器老化、保险丝、排气漏气|aged sensor, fuse, exhaust leak
P0171 P0174 P2187 P2189|Y|混合气过稀|Mixture too lean|真空泄漏、空气流量计、油泵弱、喷油器|vacuum leak, air flow sensor, weak pump, injector
P0172 P0175 P2188|Y|混合气过浓|Mixture too rich|喷油器滴漏、空气流量计、炭罐电磁阀|leaking injector, air flow sensor, purge valve
P0201-P0208|A|喷油器电路异常|Injector circuit fault|线束、喷油器、控制器|wiring, injector, controller
P0217|R|发动机过热|Engine overheated|冷却液流失、水泵、风扇、缸垫|coolant loss, pump, fan, head gasket
P0218|A|变速箱过热|Transmission overheated|油位、冷却器、长时间重载|fluid level, cooler, long heavy load
P0234|A|增压压力过高|Boost pressure too high|放气阀、可变截面执行器|wastegate, vane actuator
P0299 P2263|A|增压压力不足|Boost pressure too low|管路漏气、放气阀、增压器|hose leak, wastegate, turbocharger
P0300-P0308|A|发动机失火|Engine misfire|火花塞、点火线圈、喷油器、缸压|plugs, coil, injector, compression
P0325-P0334|Y|爆震传感器异常|Knock sensor fault|传感器、拧紧力矩、线束|sensor, torque, wiring
P0335 P0340|A|曲轴或凸轮轴位置传感器异常，可能熄火|Crankshaft or camshaft sensor fault, engine may stall|传感器、信号盘、线束|sensor, tone wheel, wiring
P0401 P0402 P0404|Y|废气再循环异常|Exhaust gas recirculation fault|积碳、阀、传感器|carbon, valve, sensor
P0420 P0430|Y|催化器效率低|Catalyst efficiency low|失火或烧机油后老化、排气漏气|aged after misfire or oil burning, exhaust leak
P0440-P0457|Y|燃油蒸发系统泄漏或故障|Fuel vapour system leak or fault|油箱盖、炭罐电磁阀、通风阀|filler cap, purge valve, vent valve
P0500 P0501|Y|车速传感器异常|Vehicle speed sensor fault|传感器、线束|sensor, wiring
P0505-P0507|Y|怠速控制异常|Idle control off target|节气门脏污、漏气|dirty throttle, air leak
P0520-P0523|Y|机油压力传感器异常|Oil pressure sensor fault|传感器、线束；先核对实际油压|sensor, wiring; check the true pressure first
P0524|R|机油压力过低|Oil pressure too low|机油不足、机油泵、轴承磨损|low oil, pump, worn bearings
P0562|A|系统电压过低|System voltage low|发电机或DC-DC、皮带、蓄电池|alternator or DC-DC, belt, battery
P0563|A|系统电压过高|System voltage high|调压器|voltage regulator
P0620-P0622|A|发电机控制异常|Generator control fault|发电机、皮带、线束|alternator, belt, wiring
P0504 P0571|A|制动开关异常|Brake switch fault|开关、调整、线束|switch, adjustment, wiring
P0600-P0606|A|发动机控制器内部故障|Engine controller internal fault|供电、软件、控制器|supply, software, controller
P0700|A|变速箱请求点亮故障灯|Transmission asks for the fault lamp|读取变速箱控制器的故障码|read the transmission controller's own codes
P0715 P0720|A|变速箱转速传感器异常|Transmission speed sensor fault|传感器、线束|sensor, wiring
P0730-P0736|A|变速箱传动比异常，可能打滑|Gear ratio wrong, clutch may slip|油位、电磁阀、离合器片|fluid level, solenoid, clutch plates
P0741|A|液力变矩器锁止异常|Torque converter clutch fault|电磁阀、变矩器、油液|solenoid, converter, fluid
P0868|A|变速箱油压过低|Transmission fluid pressure low|油位、滤网、油泵|fluid level, filter, pump
P0A0A P0A0D|R|高压互锁断开|High-voltage interlock open|高压插头未插紧、维修开关、线束|loose high-voltage plug, service switch, wiring
P0AA6 P1AA6|R|高压绝缘故障|High-voltage isolation fault|进水、高压电缆、电池包、压缩机|moisture, cable, pack, compressor
P0A7E|R|动力电池过热|Battery pack overheated|冷却回路、水泵、电芯故障|cooling circuit, pump, faulty cell
P0A93|A|逆变器冷却异常|Inverter cooling fault|水泵、冷却液、风扇|pump, coolant, fan
P0A7F|Y|动力电池性能下降|Battery pack has deteriorated|老化、个别电芯弱|ageing, a weak cell
P0A80|Y|动力电池需要检修或更换|Battery pack needs repair or replacement|电芯不一致、老化|cells out of balance, ageing
P0AC0|A|电池电流传感器异常|Pack current sensor fault|传感器、线束|sensor, wiring
P0AFA|A|动力电池电压过低|Pack voltage low|电量耗尽、弱电芯|empty pack, weak cell
P0B24|A|动力电池电压不稳|Pack voltage unstable|弱电芯、采样线、接触不良|weak cell, sense line, bad contact
P0A94 U0298|A|DC-DC故障，12V很快耗尽|DC-DC converter fault, 12 V will soon be empty|DC-DC、保险丝、冷却、通信|converter, fuse, cooling, network
P0A1F U0111|R|电池管理系统故障或失联|Battery controller failed or lost|供电、通信、控制器|supply, network, controller
U0110 U0293|A|电机或混动控制器失联|Motor or hybrid controller lost|供电、通信、控制器|supply, network, controller
P0D27|I|车载充电机输入电压低|On-board charger input low|插座、充电电缆、电网|socket, charging cable, mains
P2002|A|颗粒捕集器效率低|Particulate filter efficiency low|载体损坏、传感器|damaged filter, sensor
P2463|A|颗粒捕集器积炭过多|Particulate filter soot too high|短途过多、再生失败|too many short trips, failed regeneration
P242F|Y|颗粒捕集器灰分过多|Particulate filter full of ash|里程到限，需清洗或更换|end of its mileage: clean or replace
P2452-P2455|Y|颗粒捕集器压差传感器异常|Particulate filter pressure sensor fault|传感器、软管|sensor, hoses
P244A|Y|颗粒捕集器压差过低|Particulate filter pressure too low|软管脱落、载体破损或被拆除|loose hose, broken or removed filter
P20EE P2BAA|A|尾气还原系统效率低|Exhaust reduction efficiency low|尿素质量、喷嘴、传感器|fluid quality, injector, sensor
P203F|A|尿素液不足，可能限制起动|Exhaust fluid low, starting may be blocked|加注尿素液|refill the fluid
P2096 P2097|Y|后氧传感器修正超限|Trim after the catalyst beyond limits|排气漏气、氧传感器|exhaust leak, oxygen sensor
P2195|Y|氧传感器信号偏稀|Oxygen sensor stuck lean|传感器、排气漏气|sensor, exhaust leak
C0035-C0051|A|轮速传感器或ABS异常|Wheel speed sensor or ABS fault|传感器、齿圈、轮毂轴承|sensor, tone ring, hub bearing
C0110|R|ABS泵异常|ABS pump fault|泵电机、供电、压力|pump motor, supply, pressure
U0001 U0073|A|CAN总线关闭|CAN bus off|线束、进水、短路|wiring, water, short circuit
U0100|A|发动机控制器失联|Engine controller lost|先查12V电压，再查供电与总线|check 12 V first, then supply and bus
U0101|A|变速箱控制器失联|Transmission controller lost|先查12V电压，再查供电与总线|check 12 V first, then supply and bus
U0121|A|ABS控制器失联|ABS controller lost|先查12V电压，再查供电与总线|check 12 V first, then supply and bus
U0140|A|车身控制器失联|Body controller lost|先查12V电压，再查供电与总线|check 12 V first, then supply and bus
U0155|A|仪表失联|Instrument cluster lost|先查12V电压，再查供电与总线|check 12 V first, then supply and bus
U3003 B1318|Y|蓄电池电压异常记录|Battery voltage was out of range|先检测12V蓄电池|test the 12 V battery first
"""
